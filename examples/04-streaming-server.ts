/**
 * A server that keeps a conversation's state: each user sends a word at a time and gets the likeliest next one. States
 * are plain data; they are put away as JSON, and a second server goes on from them, bit for bit.
 *
 * Prints, within two seconds:
 *
 *     anna: the king is → dead
 *     boris: the queen is → gone
 *     anna: dead long live the → king
 *     boris: gone long live the → queen
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  adam,
  createModel,
  crossEntropy,
  dense,
  embedding,
  generator,
  lstm,
  recurrent,
  sequential,
  train,
  windows,
} from "cellstate";

const sentences = ["the king is dead long live the king", "the queen is gone long live the queen"];
const random = generator(1, "sentences");
const words = Array.from({ length: 150 }, () => sentences[random.integer(2)]!.split(" ")).flat();
const vocabulary = [...new Set(words)];
const ids = Uint32Array.from(words, (word) => vocabulary.indexOf(word));
const V = vocabulary.length;
const model = await createModel(
  sequential(embedding({ vocabulary: V, size: 8 }), recurrent(lstm, { units: 24 }), dense({ units: V })),
  { seed: 1 },
);
await train(model, windows(ids, { length: 15, batch: 4, carryState: true }), {
  loss: crossEntropy(),
  optimizer: adam({ learningRate: 2e-2 }),
  clipNorm: 1,
  epochs: 15,
  seed: 1,
});

type Saved = Record<string, Record<string, number[]>>;

/** `POST /USER` with a word answers with the next one. Every user has a place among the streams. */
function serve(saved: Saved = {}): { server: Server; save(): Saved } {
  const streams = model.streams(100);
  const places = new Map<string, number>();
  const placeOf = (user: string): number => {
    const place = places.get(user) ?? places.size;
    if (!places.has(user) && saved[user]) streams.setState(place, saved[user]);
    places.set(user, place);
    return place;
  };
  const server = createServer(async (request, response) => {
    let word = "";
    for await (const piece of request) word += piece;
    const id = vocabulary.indexOf(word);
    if (id < 0) return void response.writeHead(400).end("unknown word");
    const scores = await streams.step([placeOf(request.url!.slice(1))], [id]);
    response.end(vocabulary[scores.indexOf(Math.max(...scores))]);
  });
  const plain = (place: number) => Object.entries(streams.state(place)).map(([name, values]) => [name, [...values]]);
  const save = () => Object.fromEntries([...places].map(([user, place]) => [user, Object.fromEntries(plain(place))]));
  return { server, save };
}

async function ask(server: Server, user: string, said: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const answers: string[] = [];
  for (const body of said.split(" ")) {
    const response = await fetch(`http://127.0.0.1:${port}/${user}`, { method: "POST", body });
    answers.push(await response.text());
  }
  return `${user}: ${said} → ${answers.at(-1)}`;
}
const open = (server: Server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const close = (server: Server) => new Promise((resolve) => server.close(resolve).closeAllConnections());

const first = serve();
await open(first.server);
console.log(await ask(first.server, "anna", "the king is"));
console.log(await ask(first.server, "boris", "the queen is"));
const kept = JSON.stringify(first.save());
await close(first.server);

const second = serve(JSON.parse(kept));
await open(second.server);
console.log(await ask(second.server, "anna", "dead long live the"));
console.log(await ask(second.server, "boris", "gone long live the"));
await close(second.server);
model.close();
