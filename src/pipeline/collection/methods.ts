import type { Method } from './collection-plan.js'

/** Every way to find documents, in the order of the recipe. Stands alone: help needs it, and nothing of what a plan needs. */
export const METHODS: readonly Method[] = ['dense', 'bm25', 'late']
