/** Milliseconds of processor time that this process, its threads included, takes for a run: other programs on the machine do not lengthen it. */
export async function processorMs(run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
