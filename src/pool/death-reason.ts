/** Why a worker ended, in a few words. */
export function deathReason(cause: unknown): string {
  if ((cause as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it ran out of memory'
  return cause instanceof Error ? cause.message : String(cause)
}
