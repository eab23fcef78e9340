import { describeLeaving } from './encoder-pool.leaving.contract.js'

/** One of each way of leaving; every kind of encoder, many times, in the long series. */
const SHORT = [
  'exit dense',
  'throw pools',
  'SIGTERM dense',
  'exit-in-earlier-listener dense',
  'exit here',
  'terminate dense',
]

describeLeaving(1, ([how, kind]) => SHORT.includes(`${how} ${kind}`))
