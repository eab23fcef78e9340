import type { Precision } from '../../graph/precision.js'

/** What every encoder with a network can be told, whatever it makes. */
export interface NetworkEncoderOptions {
  /** Arithmetic of the linear layers of a checkpoint; int8 is faster and a little less exact, least on texts of a few tokens. @default 'fp32' */
  readonly precision?: Precision | undefined
  /** Where a text is cut, special tokens included. @default the model's (256 for MiniLM) */
  readonly maxTokens?: number | undefined
  /** Intra-op threads of a run, 1 or more. @default 1 */
  readonly threads?: number | undefined
  /** Folder with manifest.json; looked at before `OFFGRID_MODELS` and the bundled models. */
  readonly modelsFolder?: string | undefined
}
