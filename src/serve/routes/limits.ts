/** Texts that a request may bring. */
export const MAX_TEXTS = 100_000
