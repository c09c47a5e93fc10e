// One tool in a process of its own; the last line of standard error says how long it took.
const { name, action, folder, databases } = JSON.parse(process.argv[2]);
const tool = await import(`./tools/${name}.mjs`);
const ready = performance.now();
const times = [];
// Several databases: what the same work takes once the engine has compiled it.
for (const database of databases) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await tool[action](folder, database);
  const { user, system } = process.cpuUsage(cpu);
  times.push({ work: performance.now() - began, workCpu: (user + system) / 1000 });
}
const least = (key) => Math.min(...times.slice(1).map((time) => time[key]));
const warm = times.length > 1 ? { warm: least('work'), warmCpu: least('workCpu') } : {};
process.stderr.write(
  `\n${JSON.stringify({ ready, ...times[0], ...warm, peak: process.resourceUsage().maxRSS / 1024 })}\n`,
);
