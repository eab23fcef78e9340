import { describeLeaving } from './encoder-pool.leaving.contract.js'

const RUNS = 20

describeLeaving(RUNS, () => true)
