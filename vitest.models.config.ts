import { defineConfig } from 'vitest/config'

/**
 * Published models, fetched by Maven's own client, against what their authors measured: OFFGRID_SCIFACT names the corpus. Embedding it
 * three times takes about an hour and a half of processor time; OFFGRID_SKIP_SCIFACT=1 leaves it out.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.published.test.ts'],
    testTimeout: 14_400_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
    passWithNoTests: false,
  },
})
