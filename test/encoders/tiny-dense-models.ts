import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ModelDescription } from '../../src/encoders/models/model-description.js'
import type { IntegerProducts } from '../../src/encoders/network/integer-products.js'
import type { EncoderSpec } from '../../src/encoders/open-encoder.js'

/** A file of a small model: JSON as it is, or bytes, gzipped and in base64. */
type TinyFile = string | { readonly gzip: string }

/** What FastEmbed's own classes made of small random models; scripts/make-dense-fixture.py writes it. */
export interface TinyModels {
  readonly texts: readonly string[]
  readonly pairs: readonly (readonly [string, string])[]
  readonly maxLength: number
  readonly folders: Readonly<Record<string, Readonly<Record<string, TinyFile>>>>
  readonly cases: readonly {
    readonly fastembed: string
    readonly folder: string
    readonly description: Omit<ModelDescription, 'name'>
    readonly options?: Partial<EncoderSpec>
    readonly side?: 'query'
    /** Of numbers that FastEmbed keeps in half precision, or rounds to whole ones on the way. */
    readonly tolerance?: number
    /** Of 8-bit weights: how the processor adds products where these are the vectors. */
    readonly products?: IntegerProducts
    readonly vectors: readonly (readonly number[])[]
  }[]
  readonly tokenizers: readonly {
    readonly name: string
    readonly files: Readonly<Record<string, string>>
    readonly pieces: readonly (readonly string[])[]
    readonly sides: Readonly<
      Record<
        'left' | 'right',
        {
          readonly ids: readonly (readonly number[])[]
          readonly pairs: readonly { readonly ids: readonly number[]; readonly typeIds: readonly number[] }[]
        }
      >
    >
  }[]
}

export const TINY_MODELS = JSON.parse(
  readFileSync(new URL('../parity/fixtures/dense_tiny.json', import.meta.url), 'utf8'),
) as TinyModels

/** Writes the files of a small model into `folder`/`name` and returns that path. */
export async function writeTinyModel(folder: string, name: string): Promise<string> {
  const target = join(folder, name)
  for (const [path, file] of Object.entries(TINY_MODELS.folders[name]!)) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await writeFile(join(target, path), typeof file === 'string' ? file : gunzipSync(Buffer.from(file.gzip, 'base64')))
  }
  return target
}
