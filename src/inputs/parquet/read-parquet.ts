import type { OnNotice } from '../input-notice.js'
import type { InputRecord } from '../input-record.js'
import type { DocumentMapper } from '../mapping/document-mapper.js'
import { openParquetRows } from './parquet-rows.js'
import type { ParquetThread } from './parquet-thread.js'

/** Reads a Parquet file, one row group in memory at a time; a row group that cannot be read is one rejection. */
export async function* readParquet(
  path: string,
  mapper: DocumentMapper,
  thread: ParquetThread,
  onNotice?: OnNotice,
): AsyncGenerator<InputRecord[]> {
  const opened = await openParquetRows(path, thread)
  if ('kind' in opened) {
    yield [opened]
    return
  }
  const rejection = mapper.rejectColumns(opened.footer.columns, { file: path })
  if (rejection !== null) {
    yield [rejection]
    return
  }
  const ids = mapper.noticeOfIds(opened.footer.columns, path)
  if (ids !== null) onNotice?.(ids)
  for await (const rows of opened.rows) {
    yield rows.map((row) => ('values' in row ? mapper.map(row.values, row.place) : row))
  }
}
