import { randomUUID } from 'node:crypto'
import { defineConfig } from 'vitest/config'

const { QDRANT_URL: url } = process.env
const hasServer = url !== undefined && url !== ''
if (!hasServer) process.stderr.write('test:server: QDRANT_URL is not set, so there is no server to test against.\n')

/** Part of the names of all collections of this run. */
const run = randomUUID().slice(0, 8)
process.env.OFFGRID_TEST_RUN = run

/** What is also tested against the Qdrant server of QDRANT_URL (its key in QDRANT_API_KEY); nothing stays behind on it. */
export default defineConfig({
  test: {
    include: hasServer ? ['test/**/*.server.test.ts'] : [],
    globalSetup: hasServer ? ['test/server/live-clean-up.ts'] : [],
    passWithNoTests: !hasServer,
    env: { OFFGRID_TEST_RUN: run },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // one after the other: a shared server should not decide a test by its load
    maxWorkers: 1,
  },
})
