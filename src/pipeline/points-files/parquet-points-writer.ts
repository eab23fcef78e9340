import type { SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import { STORED_FIELDS } from '../../document.js'
import { AtomicFile } from '../../files/atomic-file.js'
import type { TypedPoint } from '../../stores/typed-point.js'
import { plainVector } from '../../vectors/plain-vector.js'
import { pointBytes } from './export-points.js'
import { type PointsRecipe, recipeVectors } from './points-recipe.js'

/** Key of the recipe among the file's own entries. */
export const RECIPE_KEY = 'offgrid.points'

/** A row group in memory, about; the writer needs a few times as much. */
const ROW_GROUP_BYTES = 8 * 1024 * 1024
const ROW_GROUP_POINTS = 20_000

export interface ParquetPointsOptions {
  /** Column of a vector. @default `vector:NAME` */
  readonly columnOf?: (name: string) => string
  /** Whether the text stands in a column of its own in place of the payload's field. @default false */
  readonly hasText?: boolean
}

/** Which columns hold what; stands beside the recipe. */
export interface PointsColumns {
  /** Column by the vector's name. */
  readonly vectors: Readonly<Record<string, string>>
  readonly hasText: boolean
}

/**
 * Points as Parquet: `id` (an integer in decimal digits, or a UUID), `text` where asked for, `payload` (JSON), and a column for each vector:
 * dense `list<float>`, sparse `struct<indices: list<uint32>, values: list<double>>`, late `list<list<float>>`.
 * Row groups are written as they fill, so memory does not depend on the number of points.
 */
export class ParquetPointsWriter {
  readonly #file: AtomicFile
  readonly #bytes: ByteWriter
  readonly #parquet: ParquetWriter
  readonly #columns: PointsColumns
  #points: TypedPoint[] = []
  #pointsBytes = 0

  private constructor(file: AtomicFile, bytes: ByteWriter, parquet: ParquetWriter, columns: PointsColumns) {
    this.#file = file
    this.#bytes = bytes
    this.#parquet = parquet
    this.#columns = columns
  }

  static async create(
    path: string,
    recipe: PointsRecipe,
    options: ParquetPointsOptions = {},
  ): Promise<ParquetPointsWriter> {
    const { columnOf = (name) => `vector:${name}`, hasText = false } = options
    const vectors = recipeVectors(recipe)
    const columns: PointsColumns = {
      vectors: Object.fromEntries(vectors.map(({ name }) => [name, columnOf(name)])),
      hasText,
    }
    const fields = [
      stringField('id'),
      ...(hasText ? [stringField('text')] : []),
      [{ name: 'payload', type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type: 'REQUIRED' } as const],
      ...vectors.map(({ name, kind }) => VECTOR_FIELDS[kind](columns.vectors[name]!)),
    ]
    const bytes = new ByteWriter(ROW_GROUP_BYTES)
    const parquet = new ParquetWriter({
      writer: bytes,
      schema: [{ name: 'root', num_children: fields.length }, ...fields.flat()],
      statistics: false,
      kvMetadata: [{ key: RECIPE_KEY, value: JSON.stringify({ ...recipe, columns }) }],
      createdBy: 'offgrid',
    })
    return new ParquetPointsWriter(await AtomicFile.create(path), bytes, parquet, columns)
  }

  async write(points: readonly TypedPoint[]): Promise<void> {
    for (const point of points) {
      this.#points.push(point)
      this.#pointsBytes += pointBytes(point)
      if (this.#pointsBytes >= ROW_GROUP_BYTES || this.#points.length >= ROW_GROUP_POINTS) await this.#writeRowGroup()
    }
  }

  async close(): Promise<void> {
    if (this.#points.length > 0) await this.#writeRowGroup()
    this.#parquet.finish()
    await this.#flush()
    await this.#file.finish()
  }

  async discard(): Promise<void> {
    await this.#file.discard()
  }

  async #writeRowGroup(): Promise<void> {
    const points = this.#points
    const { vectors, hasText } = this.#columns
    const columnData: ColumnSource[] = [
      { name: 'id', data: points.map(({ id }) => String(id)) },
      ...(hasText ? [{ name: 'text', data: points.map(({ payload }) => String(payload[STORED_FIELDS.text])) }] : []),
      { name: 'payload', data: points.map(({ payload }) => (hasText ? withoutText(payload) : payload)) },
      ...Object.entries(vectors).map(
        ([vector, name]): ColumnSource => ({
          name,
          data: points.map(({ vectors: { [vector]: value } }) => (value === undefined ? null : plainVector(value))),
          // floats hold little that could be compressed, and trying it costs more than writing them
          encoding: 'PLAIN',
          codec: 'UNCOMPRESSED',
        }),
      ),
    ]
    this.#points = []
    this.#pointsBytes = 0
    this.#parquet.write({
      columnData: columnData.map((column) => ({ ...column, offsetIndex: false })),
      rowGroupSize: points.length,
    })
    await this.#flush()
  }

  /** Moves what is written so far from memory to the file. */
  async #flush(): Promise<void> {
    await this.#file.append(this.#bytes.getBytes())
    this.#bytes.index = 0
  }
}

function withoutText({ [STORED_FIELDS.text]: _, ...rest }: TypedPoint['payload']): TypedPoint['payload'] {
  return rest
}

function stringField(name: string): SchemaElement[] {
  return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }]
}

const UINT32: SchemaElement = { name: 'element', type: 'INT32', converted_type: 'UINT_32', repetition_type: 'REQUIRED' }
const FLOAT: SchemaElement = { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' }
const DOUBLE: SchemaElement = { name: 'element', type: 'DOUBLE', repetition_type: 'REQUIRED' }

/** Parquet's three levels of a list. @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
function listField(
  name: string,
  element: readonly SchemaElement[],
  repetition: 'REQUIRED' | 'OPTIONAL',
): SchemaElement[] {
  return [
    { name, converted_type: 'LIST', repetition_type: repetition, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ]
}

const VECTOR_FIELDS = {
  dense: (name: string) => listField(name, [FLOAT], 'OPTIONAL'),
  multivector: (name: string) => listField(name, listField('element', [FLOAT], 'REQUIRED'), 'OPTIONAL'),
  sparse: (name: string): SchemaElement[] => [
    { name, repetition_type: 'OPTIONAL', num_children: 2 },
    ...listField('indices', [UINT32], 'REQUIRED'),
    ...listField('values', [DOUBLE], 'REQUIRED'),
  ],
}
