/**
 * The zoo: every cell that comes with the library, by name.
 */
import type { Cell } from "../cell/cell.ts";
import { blocksLstm, blocksPeepholeLstm } from "./blocks.ts";
import { cifg } from "./cifg.ts";
import { cifgProjection } from "./cifg-projection.ts";
import { fullPeepholeLstmNew, fullPeepholeLstmOld } from "./full-peephole.ts";
import { cifgPeephole, fgr, nfg, niaf, nig, noaf, nog, np } from "./greff.ts";
import { gru, gruBefore } from "./gru.ts";
import { indRnn } from "./indrnn.ts";
import { janet } from "./janet.ts";
import { layerNormLstm } from "./layer-norm-lstm.ts";
import { lstm } from "./lstm.ts";
import { lstm1997, lstm1997Truncated } from "./lstm-1997.ts";
import { lstmp } from "./lstmp.ts";
import { mgu } from "./mgu.ts";
import { minGru } from "./mingru.ts";
import { minLstm } from "./minlstm.ts";
import { mut1, mut2, mut3 } from "./mut.ts";
import { peepholeLstm } from "./peephole.ts";
import { reluRnn, simpleRnn } from "./simple-rnn.ts";
import { slstm } from "./slstm.ts";

export {
  blocksLstm,
  blocksPeepholeLstm,
  cifg,
  cifgPeephole,
  cifgProjection,
  fgr,
  fullPeepholeLstmNew,
  fullPeepholeLstmOld,
  gru,
  gruBefore,
  indRnn,
  janet,
  layerNormLstm,
  lstm,
  lstm1997,
  lstm1997Truncated,
  lstmp,
  mgu,
  minGru,
  minLstm,
  mut1,
  mut2,
  mut3,
  nfg,
  niaf,
  nig,
  noaf,
  nog,
  np,
  peepholeLstm,
  reluRnn,
  simpleRnn,
  slstm,
};

/** All of them, by the names they are exported under. */
export const zoo: Readonly<Record<string, Cell>> = {
  simpleRnn,
  reluRnn,
  lstm,
  lstm1997,
  lstm1997Truncated,
  peepholeLstm,
  fullPeepholeLstmOld,
  fullPeepholeLstmNew,
  nig,
  nfg,
  nog,
  niaf,
  noaf,
  cifgPeephole,
  np,
  fgr,
  cifg,
  blocksLstm,
  blocksPeepholeLstm,
  lstmp,
  cifgProjection,
  layerNormLstm,
  gru,
  gruBefore,
  mgu,
  mut1,
  mut2,
  mut3,
  slstm,
  indRnn,
  minGru,
  minLstm,
  janet,
};
