/** What a reader found out about its input and acts on, for a person to see: told once, never an error. */
export type InputNotice =
  | FolderNotice
  | {
      /**
       * `dialect`: how a CSV file is written; `encoding`: in which encoding text is; `list`: which list of a JSON object is read;
       * `mixed`: a value that is not of its column's type; `no-id`: ids come from the contents; `no-field`: a field that
       * was named is in none of the first records; `twice`: a file that was named more than once.
       */
      readonly kind: 'dialect' | 'encoding' | 'list' | 'mixed' | 'no-id' | 'no-field' | 'twice'
      /** Path of the file, `-` for stdin. */
      readonly file: string
      /** One line. */
      readonly message: string
    }

/** What a folder holds and what is read of it, as counts by the files' endings (`.md`, `.jsonl.gz`; an empty one where there is none). */
export interface FolderNotice {
  readonly kind: 'folder'
  /** Path of the folder. */
  readonly file: string
  readonly message: string
  readonly taken: Readonly<Record<string, number>>
  readonly skipped: Readonly<Record<string, number>>
  /** Hidden files and folders and `node_modules`, which were not looked into. */
  readonly hidden: number
}

export type OnNotice = (notice: InputNotice) => void
