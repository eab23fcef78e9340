/** How a command ended, as `offgrid --help` says it. */
export const EXIT_CODE = { done: 0, failed: 1, wrongUsage: 2, someRejected: 3, lost: 4, interrupted: 130 } as const
