import type { ModelProof } from '../../encoders/models/prove-model.js'
import { CALIBRATION_FILE, type ModelEntry } from '../../onnx/manifest.js'

/** What proving a model showed, in lines: that it encodes, its prompts, what int8 costs. */
export function describeProof(entry: ModelEntry, { tokens, numbers, int8Cosine }: ModelProof): string[] {
  const isCalibrated = entry.files.some(({ path }) => path === CALIBRATION_FILE)
  return [
    `proved: one text of ${tokens} tokens became ${numbers} numbers`,
    ...describePrompts(entry),
    ...(int8Cosine === null
      ? []
      : [
          `int8: vectors have a cosine of at least ${(Math.floor(int8Cosine * 1e4) / 1e4).toFixed(4)} to those of fp32 on a few texts, ${isCalibrated ? 'calibrated' : 'not calibrated; --calibrate FILE brings them nearer'}`,
        ]),
  ]
}

/** The prompts of a model and where they are from. */
export function describePrompts({ queryPrefix, passagePrefix, promptSource = 'stated' }: ModelEntry): string[] {
  const sides = [
    ['queries', queryPrefix],
    ['documents', passagePrefix],
  ] as const
  return sides.flatMap(([side, prompt]) =>
    prompt === undefined ? [] : [`before ${side} (${promptSource}): ${JSON.stringify(prompt)}`],
  )
}
