import { open } from 'node:fs/promises'
import { isFile } from '../../files/path-stats.js'

/** What a kind of file that is not read is, and what to do with it. */
interface ForeignFormat {
  readonly endings: readonly string[]
  /** How its bytes begin, as Latin-1. */
  readonly magic?: string
  readonly is: string
  readonly todo: string
}

const OFFICE = 'take its text out first, e.g. with pandoc -t plain or LibreOffice (soffice --convert-to txt)'
const UNPACK = 'unpack it first, then name the files in it'

const FOREIGN: readonly ForeignFormat[] = [
  {
    endings: ['pdf'],
    magic: '%PDF-',
    is: 'a PDF document',
    todo: 'take its text out first, e.g. with pdftotext FILE.pdf',
  },
  { endings: ['docx', 'docm'], is: 'a Word document', todo: OFFICE },
  { endings: ['odt', 'rtf', 'epub', 'pptx', 'odp'], is: 'an office document', todo: OFFICE },
  { endings: ['doc', 'xls', 'ppt'], magic: '\xd0\xcf\x11\xe0', is: 'an office document of the old kind', todo: OFFICE },
  { endings: ['xlsx', 'ods'], is: 'a spreadsheet', todo: 'save each sheet as CSV first' },
  {
    endings: ['sqlite', 'sqlite3', 'db', 'db3'],
    magic: 'SQLite format 3\0',
    is: 'a SQLite database',
    todo: "write a table as CSV first: sqlite3 -header -csv FILE 'select * from TABLE' > table.csv",
  },
  {
    endings: ['duckdb'],
    is: 'a DuckDB database',
    todo: "write a table as Parquet first: copy TABLE to 'table.parquet'",
  },
  { endings: ['html', 'htm', 'xhtml'], is: 'a web page', todo: 'take its text out first, e.g. with pandoc -t plain' },
  { endings: ['xml'], is: 'XML', todo: 'write its records as JSON lines first' },
  { endings: ['yaml', 'yml', 'toml'], is: 'a file of settings', todo: 'write its records as JSON lines first' },
  { endings: ['arrow', 'feather', 'ipc'], magic: 'ARROW1', is: 'an Arrow file', todo: 'write it as Parquet first' },
  { endings: ['avro'], magic: 'Obj\x01', is: 'an Avro file', todo: 'write it as Parquet or JSON lines first' },
  { endings: ['orc'], magic: 'ORC', is: 'an ORC file', todo: 'write it as Parquet first' },
  {
    endings: ['npy', 'npz', 'h5', 'hdf5', 'pkl', 'pickle', 'pt', 'bin', 'safetensors'],
    is: 'a file of numbers, not of texts',
    todo: 'name the file with the texts',
  },
  { endings: ['zip', 'jar'], magic: 'PK\x03\x04', is: 'a zip archive', todo: UNPACK },
  { endings: ['tar', 'tgz'], is: 'a tar archive', todo: UNPACK },
  { endings: ['7z'], magic: '7z\xbc\xaf\x27\x1c', is: 'a 7z archive', todo: UNPACK },
  { endings: ['rar'], magic: 'Rar!', is: 'a RAR archive', todo: UNPACK },
  {
    endings: ['bz2'],
    magic: 'BZh',
    is: 'compressed with bzip2',
    todo: 'decompress it first (bunzip2), or use gzip or zstd',
  },
  {
    endings: ['xz', 'lzma'],
    magic: '\xfd7zXZ',
    is: 'compressed with xz',
    todo: 'decompress it first (unxz), or use gzip or zstd',
  },
  { endings: ['png'], magic: '\x89PNG', is: 'an image', todo: 'recognise its text first' },
  { endings: ['jpg', 'jpeg'], magic: '\xff\xd8\xff', is: 'an image', todo: 'recognise its text first' },
  {
    endings: [],
    magic: 'PAR1',
    is: 'a Parquet file',
    todo: 'give it a name that ends in .parquet, or say --format parquet',
  },
  {
    endings: [],
    magic: '\x1f\x8b',
    is: 'compressed with gzip',
    todo: 'give it a name that ends in .gz after its own ending, or pipe it: offgrid ingest - < FILE',
  },
  {
    endings: [],
    magic: '\x28\xb5\x2f\xfd',
    is: 'compressed with zstd',
    todo: 'give it a name that ends in .zst after its own ending, or pipe it: offgrid ingest - < FILE',
  },
]

/** What tells a PDF document from text. */
export const MAGIC_BYTES = 16

/** What a file is that is of no kind that is read, and what to do with it; by its ending, else by its first bytes. Null where neither is known. */
export async function describeForeign(path: string): Promise<string | null> {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  const found = FOREIGN.find(({ endings }) => endings.includes(ending)) ?? formatOf(await readHead(path))
  return found === undefined ? null : `${found.is}; ${found.todo}`
}

/**
 * What text is in truth, by its first bytes: a PDF document that is called .txt. Null where it may be text.
 * @param isStream whether it has no name
 */
export function describeForeignBytes(head: Buffer, isStream = false): string | null {
  // images and the like are told by their first bad byte, as any damaged text is
  const found = ['%PDF-', 'SQLite format 3\0', 'PK\x03\x04', 'PAR1', '\x1f\x8b', '\x28\xb5\x2f\xfd'].find((magic) =>
    head.subarray(0, MAGIC_BYTES).toString('latin1').startsWith(magic),
  )
  const format = FOREIGN.find(({ magic }) => magic !== undefined && magic === found)
  if (format === undefined) return null
  // a stream has no name that could be another
  const todo = isStream && format.magic === 'PAR1' ? 'write it to a file first' : format.todo
  return `${format.is}; ${todo}`
}

function formatOf(head: string): ForeignFormat | undefined {
  return FOREIGN.find(({ magic }) => magic !== undefined && head.startsWith(magic))
}

async function readHead(path: string): Promise<string> {
  // a pipe would wait for its writer, and what is read of it is gone
  await using file = (await isFile(path)) ? await open(path, 'r').catch(() => null) : null
  if (file === null) return ''
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } catch {
    return ''
  }
}
