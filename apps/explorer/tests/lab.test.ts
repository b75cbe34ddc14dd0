/**
 * The cell lab: a cell typed by hand trains and its gradients match, what is wrong is shown at its place, a link brings
 * everything back, trainings run side by side and stop.
 */
import { readFileSync } from "node:fs";
import { modelFrom } from "cellstate";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, open, whyNoBrowser } from "./browser.ts";
import { build } from "./build.ts";

let browser: Browser;
beforeAll(async () => {
  if (whyNoBrowser !== undefined) return;
  build();
  browser = await launch();
});
afterAll(() => browser?.close());

const TYPED = `# a gate of its own, typed by hand
k = sigmoid(W_k @ x + R_k @ h[t-1] + b_k)   # how much to keep
m : heads = tanh(V_m @ h[t-1])
h = k * h[t-1] + (1 - k) * tanh(W_h @ x + U_h @ m)
b_k ~ 1`;

async function openLab(link = ""): ReturnType<typeof open> {
  const opened = await open(browser, { link: `view=lab${link}` });
  await opened.page.locator(".typeset math").waitFor();
  return opened;
}

/** Puts equations into the editor, as somebody pastes them, and waits until they are read. */
async function type(page: Page, text: string): Promise<void> {
  await page.fill("#equations", text);
  await page.waitForFunction((wanted) => new URLSearchParams(location.hash).get("equations") === wanted, text);
}

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });

describe("a cell typed by hand", () => {
  test("is drawn and typeset, its gradients match, it trains, and its file opens in Node and in the page", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults, asked } = await openLab();
    await field(page, "name").fill("Keeper");
    await type(page, TYPED);
    await expect.poll(() => page.locator(".typeset mtr").count()).toBe(4); // the heading, too
    expect(await page.locator("#equations-say").textContent()).toContain("carries h from step to step");
    expect(await page.locator(".lab-drawn svg").getAttribute("aria-label")).toBe("Keeper: k, m, h");

    await page.getByRole("button", { name: "Check the gradients" }).click();
    await page.getByText("They agree").waitFor();
    const [difference, scale] = await page
      .locator(".lab-check [data-v]")
      .evaluateAll((all) => all.map((one) => Number((one as HTMLElement).dataset["v"])));
    expect(difference).toBeGreaterThan(0);
    expect(difference! / scale!).toBeLessThan(1e-5); // float32, six steps

    await field(page, "Task").selectOption("reber");
    await field(page, "heads").fill("5");
    await field(page, "sequences").fill("2400");
    await page.getByRole("button", { name: "Train this cell" }).click();
    await page.getByText("done", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Training loss" }).click();
    await page.getByRole("button", { name: "Table" }).click();
    const losses = (await page.locator("table.data td:last-child").allTextContents()).map(Number);
    expect(losses.length).toBeGreaterThan(20);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.7);

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the model" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe("Keeper.safetensors");
    const model = await modelFrom(readFileSync(await file.path()));
    const [layer] = model.architecture.layers;
    expect(layer).toMatchObject({ kind: "recurrent", cell: { name: "Keeper", text: TYPED }, sizes: { heads: 5 } });
    expect(model.facts).toMatchObject({ task: "Embedded Reber grammar", symbols: [..."BTPSXVE"] });
    model.close();

    await page.getByRole("button", { name: "Look inside" }).click();
    await page.waitForFunction(() => location.hash.includes("model=Keeper.safetensors"));
    expect(new URL(page.url()).hash).toMatch(/text=B[TP][BTPSXVE]+[TP]/);
    expect(faults).toEqual([]);
    expect(asked).toEqual([]);
    await own.close();
  });

  test("that is wrong is shown where it is wrong, with the mend; the last right one stays", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await openLab();
    const right = await page.locator(".typeset math").innerHTML();
    const text = await page.inputValue("#equations");
    await page.fill("#equations", text.replace("c = f * c[t-1] + i * g", "c = f * c[t-1] + i * gg"));
    const says = page.locator("#equations-say");
    await says.getByRole("button", { name: "Line 4, column 22" }).waitFor();
    expect(await says.textContent()).toContain('"gg" is not defined');
    expect(await says.textContent()).toContain("did you mean g?");
    expect(await says.locator("pre").textContent()).toMatch(/i \* gg.*\n\s+\^\^$/);
    expect(await page.locator(".editor .wrong").allTextContents()).toEqual(["4", "gg"]);
    expect(await page.locator("#equations").getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator(".typeset math").innerHTML()).toBe(right);
    expect(await page.getByRole("button", { name: "Train this cell" }).isDisabled()).toBe(true);

    await says.getByRole("button").click();
    const selected = await page.evaluate(() => {
      const editor = document.activeElement as HTMLTextAreaElement;
      return editor.value.slice(editor.selectionStart, editor.selectionEnd);
    });
    expect(selected).toBe("gg");
    await page.keyboard.type("g");
    await says.getByText("A cell:").waitFor();
    for (const odd of ["", "h = ", "x", `h = ${"(".repeat(2000)}`, "<img src=x onerror=alert(1)>"]) {
      await page.fill("#equations", odd);
      await says.locator(".editor-wrong").waitFor();
    }
    expect(faults).toEqual([]);
    await own.close();
  });
});

describe("a link", () => {
  test("brings equations and settings back, as text and nothing else", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const first = await openLab();
    const evil = `${TYPED}   # <img src=x onerror="window.harmed = true">`;
    await field(first.page, "name").fill("<b>Mine</b>");
    await field(first.page, "Task").selectOption("order");
    await field(first.page, "seed").fill("7");
    await type(first.page, evil);
    await field(first.page, "heads").fill("3");
    await first.page.waitForFunction(() => location.hash.includes("sizes=heads"));
    const { hash } = new URL(first.page.url());
    await first.context.close();

    const { page, context: own, faults } = await open(browser, { link: hash.slice(1) });
    await page.locator(".typeset mtr").nth(2).waitFor();
    expect(await page.inputValue("#equations")).toBe(evil);
    expect(await field(page, "name").inputValue()).toBe("<b>Mine</b>");
    expect(await field(page, "Task").inputValue()).toBe("order");
    expect(await field(page, "seed").inputValue()).toBe("7");
    expect(await field(page, "heads").inputValue()).toBe("3");
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expect(await page.locator("main img, main b").count()).toBe(0);
    expect(faults).toEqual([]);
    await own.close();
  });

  test("names a cell that comes with the library, and survives nonsense", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await openLab("&cell=gru&task=nothing&units=many&rate=&sizes==,=3,a");
    expect(await field(page, "start from").inputValue()).toBe("gru");
    expect(await page.inputValue("#equations")).toContain("r = sigmoid");
    await page.getByRole("button", { name: "Train this cell" }).click();
    const alert = page.getByRole("alert");
    expect(await alert.textContent()).toContain("units is NaN; expected a whole number");
    expect(await page.getByText("could not be trained").count()).toBe(1);
    expect(faults).toEqual([]);
    await own.close();
  });
});

test("a field can be emptied and typed anew, also one for a size of the cell", async (context) => {
  context.skip(whyNoBrowser !== undefined, whyNoBrowser);
  const { page, context: own } = await openLab("&cell=lstmp");
  for (const name of ["units", "projection"]) {
    await field(page, name).fill("");
    await page.waitForTimeout(400);
    expect(await field(page, name).inputValue()).toBe("");
    await field(page, name).pressSequentially("12", { delay: 200 });
    expect(await field(page, name).inputValue()).toBe("12");
  }
  await page.evaluate(() => {
    location.hash = location.hash.replace("units=12", "units=34").replace("lstmp", "gru");
  });
  await expect.poll(() => field(page, "units").inputValue()).toBe("34");
  expect(await page.inputValue("#equations")).toContain("z = sigmoid");
  await own.close();
});

describe("trainings side by side", () => {
  test("run at once, wait where there is no core, go on unseen, stop, and go away", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own, faults } = await openLab("&task=reber&budget=1000000");
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    const train = page.getByRole("button", { name: "Train this cell" });
    for (let k = 0; k <= cores; k++) {
      await field(page, "start from").selectOption(k % 2 === 0 ? "lstm" : "simpleRnn");
      await page.waitForFunction((key) => location.hash.includes(`cell=${key}`), k % 2 === 0 ? "lstm" : "simpleRnn");
      await train.click();
    }
    const states = () => page.locator(".run .state").allTextContents();
    await expect.poll(states).toEqual([...Array.from({ length: cores }, () => "training"), "waiting for a core"]);
    await page.locator(".tabs a", { hasText: "Open" }).click();
    const seen = () => page.locator(".run progress").first().getAttribute("value").then(Number);
    await page.waitForTimeout(300);
    await page.locator(".tabs a", { hasText: "Cell lab" }).click();
    const before = await seen();
    expect(before).toBeGreaterThan(0);
    await expect.poll(seen).toBeGreaterThan(before);
    await page.getByRole("button", { name: "Stop" }).first().click();
    await expect.poll(async () => [(await states())[0], (await states()).at(-1)]).toEqual(["stopped", "training"]);
    expect(await page.getByRole("button", { name: "Look inside" }).count()).toBe(1);
    while ((await page.locator(".run").count()) > 0) await page.getByRole("button", { name: "Remove" }).last().click();
    expect(faults).toEqual([]);
    await own.close();
  });

  test("that cannot begin say why, each in the library's words", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openLab("&task=reber&cell=slstm&budget=160");
    const wrong: [string, string, RegExp][] = [
      ["learning rate", "fast", /adam: learningRate is NaN; expected a number above 0/],
      ["sequences", "0", /steps is 0; expected a whole number/],
      ["seed", "-1", /seed is -1/],
      ["heads", "7", /heads.*7|7.*heads/s],
    ];
    for (const [name, value] of wrong) {
      const before = await field(page, name).inputValue();
      await field(page, name).fill(value);
      await page.getByRole("button", { name: "Train this cell" }).click();
      await field(page, name).fill(before);
    }
    const alerts = page.getByRole("alert");
    await expect.poll(() => alerts.count()).toBe(wrong.length);
    const said = await alerts.allTextContents();
    wrong.forEach(([, , sentence], k) => void expect(said[k]).toMatch(sentence));

    await field(page, "Task").selectOption("text");
    await page.getByRole("button", { name: "Remove" }).first().click();
    await page.getByRole("button", { name: "Train this cell" }).click();
    await expect.poll(async () => (await alerts.allTextContents()).at(-1)).toMatch(/text is ""; expected at least one/);
    await own.close();
  });

  test("that diverge say what the library advises", async (context) => {
    context.skip(whyNoBrowser !== undefined, whyNoBrowser);
    const { page, context: own } = await openLab("&task=reber&rate=1e30");
    await type(page, "h = exp(W_h @ x + R_h @ h[t-1])");
    await page.getByRole("button", { name: "Train this cell" }).click();
    await page.getByText("diverged", { exact: true }).waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("Try a smaller learning rate");
    await own.close();
  });
});
