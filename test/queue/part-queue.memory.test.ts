import { describe } from 'vitest'
import { MemoryQueue } from './memory-queue.js'
import { describePartQueue } from './part-queue.contract.js'

describe('the queue in the process', () => {
  describePartQueue(async () => ({ open: async () => new MemoryQueue(), close: async () => {} }))
})
