import { describeLeaving } from './leaving.contract.js'

const RUNS = 20

describeLeaving(RUNS, () => true)
