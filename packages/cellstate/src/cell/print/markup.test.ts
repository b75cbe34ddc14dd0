/** Typeset equations: what stands in them, and that nothing of a stranger's text gets out of its place. */
import { describe, expect, test } from "vitest";
import { zoo } from "../../cells/index.ts";
import { cell } from "../cell.ts";
import { cellMarkup } from "./markup.ts";
import { escaped } from "./mathml.ts";

/** Tags balanced, attributes quoted, text without bare signs: well-formed XML. */
function checkWellFormed(markup: string): void {
  const open: string[] = [];
  const rest = markup.replace(
    /<(\/?)([a-z]+)((?: [a-z-]+="[^"<>&]*(?:&(?:amp|lt|gt|quot|#39);[^"<>&]*)*")*)>/g,
    (_, end, name) => {
      if (end === "/") expect(open.pop()).toBe(name);
      else open.push(name);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>"]/);
  expect(rest.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toMatch(/[&<>]/);
}

/** Markup as one line of signs, for reading in a test: sub- and superscripts in braces. */
const linear = (markup: string): string =>
  markup
    .replace(/<math[^>]*>|<\/math>/g, "")
    .replace(/<\/mtr>/g, "\n")
    .replace(/<\/mtd><mtd[^>]*>/g, "\t")
    .replace(/<(\w+)[^>]*>/g, (_, tag) => (/^m(sub|sup|frac|sqrt|under)$/.test(tag) ? `${tag.slice(1)}{` : ""))
    .replace(/<\/(\w+)>/g, (_, tag) =>
      /^m(sub|sup|frac|sqrt|under)$/.test(tag) ? "}" : /^m[ino]$/.test(tag) ? " " : "",
    )
    .replace(/\u2061 |\u2062 /g, "")
    .replace(/ +(?=[\s})])/g, "");

test("the equations of a page", () => {
  expect(`\n${linear(cellMarkup(zoo.lstm))}`).toMatchInlineSnapshot(`
    "
    sub{f t}	= σ ( sub{W f}sub{x t}+ sub{R f}sub{h t − 1}+ sub{b f})	forget gate: how much of the old cell state to keep
    sub{i t}	= σ ( sub{W i}sub{x t}+ sub{R i}sub{h t − 1}+ sub{b i})	input gate: how much of the candidate to write
    sub{g t}	= tanh ( sub{W g}sub{x t}+ sub{R g}sub{h t − 1}+ sub{b g})	candidate cell state
    sub{c t}	= sub{f t}⊙ sub{c t − 1}+ sub{i t}⊙ sub{g t}	cell state: the long-term memory
    sub{o t}	= σ ( sub{W o}sub{x t}+ sub{R o}sub{h t − 1}+ sub{b o})	output gate: how much of the cell state to show
    sub{h t}	= sub{o t}⊙ tanh ( sub{c t})	hidden state: the short-term memory, the output
    "
  `);
});

test("fractions, numbers, blocks, first values and headings", () => {
  const one = cell(
    "Signs",
    `
    # the heading
    f : blocks = sigmoid(sum(p_f * c[t-1], blocks))   # per block
    c = expand(f) * c[t-1] / (2 * c[t-1] - -3) + sqrt(abs(x)) * 4
    h = (1 - c) * -W_h @ (c + 1e-5) + 2 * logsigmoid(c) + clamp(c, -1, 2.5)
    x : units
    c[0] = -1e30
  `,
  );
  expect(`\n${linear(cellMarkup(one))}`).toMatchInlineSnapshot(`
    "
    the heading
    sub{f t}	= σ ( under{∑ blocks}( sub{p f}⊙ sub{c t − 1}))	per block [blocks]
    sub{c t}	= frac{expand ( sub{f t}) ⊙ sub{c t − 1}2 sub{c t − 1}− ( − 3)}+ sqrt{| sub{x t}|}· 4	
    sub{h t}	= ( 1 − sub{c t}) ⊙ ( − sub{W h}( sub{c t}+ 0.00001)) + 2 log σ ( sub{c t}) + clamp ( sub{c t}, − 1 , 2.5)	
    sub{c 0}	= − sup{10 30}	
    "
  `);
});

test.each(Object.entries(zoo))("the markup of %s is well-formed and holds every caption", (_, one) => {
  const markup = cellMarkup(one);
  checkWellFormed(markup);
  for (const { caption } of one.syntax.definitions)
    if (caption !== undefined) expect(markup).toContain(escaped(caption));
  expect(markup.match(/<mtr>/g)).toHaveLength(one.syntax.definitions.length + one.syntax.firstValues.length);
});

describe("a stranger's text", () => {
  test("cannot leave its place", () => {
    const evil = `</mtext></math><script>alert("1" & '2')</script>`;
    const one = cell(`"><img src=x onerror='1'>`, `# ${evil}\nh = x   # ${evil}\u0000\ud800`);
    const markup = cellMarkup(one);
    checkWellFormed(markup);
    expect(markup).not.toMatch(/<script|<img/);
    expect(markup).toContain("&lt;script&gt;");
  });

  test("loses what no page may hold", () => {
    expect(escaped("a\u0000b\ud800c\udc00d😀\ufffee")).toBe("a\ufffdb\ufffdc\ufffdd😀\ufffde");
  });
});
