import type { Command } from 'commander'

/** Adds a command's own options, or the commands of a group, and what is done when it is typed. */
export type AddCommand = (command: Command, setExitCode: (code: number) => void) => void

/** A command as `offgrid --help` shows it. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  /** Its arguments, and what help says of them. */
  readonly argument?: readonly [usage: string, description: string]
  /** Whether it holds commands, and is none itself. @default false */
  readonly isGroup?: boolean
  /** Loads what it is made of: a command costs nothing until it is typed. */
  readonly load: () => Promise<AddCommand>
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'ingest',
    summary: 'Read documents from files, embed them and store them. If a run stops, the same command continues it.',
    argument: [
      '[source...]',
      'JSONL, JSON, CSV, Parquet, .txt and .md files, directories of them, patterns, or - for stdin (docs/inputs-and-outputs.md)',
    ],
    load: async () => (await import('./commands/ingest-command.js')).addIngest,
  },
  {
    name: 'work',
    summary:
      'Take parts of an "ingest --queue" or "migrate --queue" from a queue in Redis or Valkey, embed them and store them (docs/scaling.md).',
    load: async () => (await import('./commands/work-command.js')).addWork,
  },
  {
    name: 'migrate',
    summary:
      'Give a collection another model: fill a second one from its texts, verify it, and switch the alias; searches go on.',
    load: async () => (await import('./commands/migrate-command.js')).addMigrate,
  },
  {
    name: 'search',
    summary:
      'Search a collection: dense vectors and BM25 find candidates, late interaction scores them, and the three lists are fused.',
    argument: ['<words...>', 'the question, in quotes or not'],
    load: async () => (await import('./commands/search-command.js')).addSearch,
  },
  {
    name: 'runs',
    summary: 'List the runs of ingest, look into one, continue one, or try again what a queue set aside.',
    isGroup: true,
    load: async () => (await import('./commands/runs-command.js')).addRuns,
  },
  {
    name: 'embed',
    summary: 'Write the vectors of documents to a file or to stdout.',
    argument: ['<source...>', 'as for ingest'],
    load: async () => (await import('./commands/embed-command.js')).addEmbed,
  },
  {
    name: 'export',
    summary:
      'Write the points of a collection with their vectors to a file. "ingest --vectors-from" stores them elsewhere without computing.',
    load: async () => (await import('./commands/export-command.js')).addExport,
  },
  {
    name: 'compare',
    summary:
      'Compare two files, stores or collections of vectors: made by one recipe? the same bits? if not, how far apart, and do the first ten hits change?',
    load: async () => (await import('./commands/compare-command.js')).addCompare,
  },
  {
    name: 'eval',
    summary:
      'Measure retrieval quality on a BEIR directory: corpus.jsonl, queries.jsonl, and qrels.tsv, qrels.txt or qrels/test.tsv.',
    argument: ['<directory>', 'the dataset'],
    load: async () => (await import('./commands/eval-command.js')).addEval,
  },
  {
    name: 'models',
    summary: 'List, check, fetch and pack models: those in OFFGRID_MODELS, your own, and the bundled ones.',
    isGroup: true,
    load: async () => (await import('./commands/models-command.js')).addModels,
  },
  {
    name: 'store',
    summary: 'Look after a store: show what it holds, check it, compact it, drop a collection, delete documents.',
    isGroup: true,
    load: async () => (await import('./commands/store-command.js')).addStore,
  },
  {
    name: 'serve',
    summary:
      "Embed over HTTP: the inference service of a self-hosted Qdrant (POST /infer), OpenAI's embeddings, a search page.",
    load: async () => (await import('./commands/serve-command.js')).addServe,
  },
  {
    name: 'mcp',
    summary: 'Let an agent search and read a store: a server of the Model Context Protocol over stdin and stdout.',
    load: async () => (await import('./commands/mcp-command.js')).addMcp,
  },
  {
    name: 'bench',
    summary: 'Measure speed and memory on your texts, and how exact the vectors are; prints Markdown.',
    load: async () => (await import('./commands/bench-command.js')).addBench,
  },
  {
    name: 'doctor',
    summary:
      'Check whether this machine, a store or a server can run everything, and say what to do if not: Node, processor, memory, folders, ONNX Runtime, models.',
    load: async () => (await import('./commands/doctor-command.js')).addDoctor,
  },
  {
    name: 'completion',
    summary: 'Print a script by which bash, zsh or fish completes commands, options and their values.',
    argument: ['<shell>', 'the shell that is to complete'],
    load: async () => (await import('./commands/completion-command.js')).addCompletion,
  },
]
