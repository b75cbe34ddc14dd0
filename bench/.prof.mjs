const { openTrainee } = await import("/work/main/bench/training.ts");
const c = await import("cellstate");
const [,, name, units, n] = process.argv;
const t = await openTrainee(c[name], { units: +units, ...(name==='slstm'&&{heads:4}) });
await t.rate(3);
console.log(name, units, (await t.rate(+n)).toFixed(0));
