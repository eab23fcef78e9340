import { doProofTask } from '../../../dist/src/encoders/models/proof-task.js'

/** Describes and proves one model after the other, as the process of an import does; its parent ends it where it hangs. */
process.on('message', async ({ path, folder, modelsFolder, description }) => {
  const described = await doProofTask({ op: 'describe', path, folder, description, memoryBytes: 0 })
  const model = { entry: described.result, modelsFolder }
  const reply = described.ok ? await doProofTask({ op: 'prove', model, memoryBytes: 0 }) : described
  process.send({ ok: reply.ok, error: reply.error, rssBytes: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())
