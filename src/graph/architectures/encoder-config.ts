import { BERT_FAMILIES, type BertConfig, parseBertConfig } from '../architectures/bert-config.js'
import { type ModernBertConfig, parseModernBertConfig } from '../architectures/modernbert-config.js'
import { type MpnetConfig, parseMpnetConfig } from '../architectures/mpnet-config.js'
import { parseGteConfig, parseNomicConfig, type RotaryBertConfig } from '../architectures/rotary-bert-config.js'
import { type ConfigJson, unsupportedCheckpoint } from './config-values.js'

/** The sizes of an encoder that can be built from its checkpoint. */
export type EncoderConfig = BertConfig | ModernBertConfig | RotaryBertConfig | MpnetConfig

const PARSERS: Readonly<Record<string, (config: ConfigJson, path: string) => EncoderConfig>> = {
  ...Object.fromEntries(BERT_FAMILIES.map((family) => [family, parseBertConfig])),
  modernbert: parseModernBertConfig,
  nomic_bert: parseNomicConfig,
  new: parseGteConfig,
  gte: parseGteConfig,
  mpnet: parseMpnetConfig,
}

/** The `model_type`s that can be built. */
export const BUILDABLE_FAMILIES: readonly string[] = Object.keys(PARSERS)

/**
 * The sizes that a Hugging Face `config.json` states, after checking that this encoder is one that can be built.
 * @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for another architecture, or a value in it
 *   that the builder does not know
 */
export function parseEncoderConfig(config: ConfigJson, path = 'config.json'): EncoderConfig {
  const family = config.model_type
  const parse = typeof family === 'string' && Object.hasOwn(PARSERS, family) ? PARSERS[family] : undefined
  if (parse !== undefined) return parse(config, path)
  throw unsupportedCheckpoint(
    path,
    `model_type is ${JSON.stringify(family)}; only ${BUILDABLE_FAMILIES.join(', ')} can be built`,
  )
}
