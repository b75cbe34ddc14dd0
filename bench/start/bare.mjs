// W5: what Node itself takes.
console.log(0);
