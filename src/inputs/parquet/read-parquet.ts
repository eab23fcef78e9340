import type { OnNotice } from '../input-notice.js'
import type { InputRecord } from '../input-record.js'
import type { DocumentMapper } from '../mapping/document-mapper.js'
import { openParquetRows, type RowGroupSpan } from './parquet-rows.js'
import type { ParquetThread } from './parquet-thread.js'

/**
 * Reads a Parquet file, one row group in memory at a time; a row group that cannot be read is one rejection.
 * @param groups the row groups that are read, where it is not all of them
 */
export async function* readParquet(
  path: string,
  mapper: DocumentMapper,
  thread: ParquetThread,
  onNotice?: OnNotice,
  groups?: RowGroupSpan,
): AsyncGenerator<InputRecord[]> {
  const opened = await openParquetRows(path, thread, groups)
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
