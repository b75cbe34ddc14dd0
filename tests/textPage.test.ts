/** docs/text.md is so: its commands run one after the other, and its program prints what it says. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { transformSync } from "rolldown/utils";
import { expect, test } from "vitest";
import { commandLine, sampleText } from "../packages/cli/src/testing.ts";
import { installLibrary } from "./installed.ts";
import { read } from "./repository.ts";

const page = read("docs/text.md");
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, block]) => block!);

test("its commands run as they stand, one after the other", { timeout: 240_000 }, async () => {
  const cli = await commandLine();
  try {
    writeFileSync(join(cli.folder, "my.txt"), sampleText(6000));
    const commands = blocksOf("sh")
      .flatMap((block) => block.trim().split("\n"))
      .map((line) => line.split(/\s+#\s+/)[0]!.trim());
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands) {
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
      expect(words.shift()).toBe("cellstate");
      // a few updates tell as much as many
      const args = words[0] === "train" ? [...words, "--steps", "12", "--units", "8"] : words;
      const { code, stdout, stderr } = await cli.run(args);
      expect(code, `${command}\n${stderr}`).toBe(0);
      expect(stdout.length, command).toBeGreaterThan(0);
    }
  } finally {
    cli.remove();
  }
});

test("its program prints what it says", async () => {
  const installed = await installLibrary();
  try {
    const program = blocksOf("ts").join("\n");
    const file = join(installed.folder, "program.mjs");
    writeFileSync(file, transformSync("program.ts", program).code);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: installed.folder });
    expect(stderr).toBe("");
    const said = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
    expect(said.length).toBeGreaterThan(5);
    expect(stdout.trim().split("\n")).toEqual(said);
  } finally {
    installed.remove();
  }
});
