import { type Command, Option } from 'commander'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import type { Precision } from '../../graph/precision.js'
import { EVALUATION_METHODS } from '../../pipeline/search/evaluation-methods.js'
import { addWordOptions, type WordFlags } from '../ingest/bm25-words.js'
import {
  addChunkOptions,
  type ChunkFlags,
  integerFrom,
  poolFactorOption,
  precisionOption,
  promptsOption,
} from '../shared/flags.js'
import type { CommonFlags } from '../shared/terminal.js'

export interface EvalFlags extends CommonFlags, WordFlags, ChunkFlags {
  readonly methods: string
  readonly metrics: string
  readonly model?: readonly string[]
  readonly lateModel?: readonly string[]
  readonly sparseModel?: readonly string[]
  readonly rerankModel?: readonly string[]
  readonly perQuery?: string
  readonly report?: string
  readonly run?: string
  readonly baseline?: string
  readonly tune?: boolean
  readonly out?: string
  readonly force?: boolean
  readonly split?: string
  readonly precision: Precision
  readonly prompts: 'model' | 'none'
  readonly queries?: number
  readonly store: string
  readonly clean?: boolean
  readonly workers?: number
  readonly maxTokens?: number
  readonly poolFactor?: number
  readonly errors?: string
}

/** The options of `eval`. */
export function addEvalOptions(command: Command): void {
  const what = Object.entries(EVALUATION_METHODS).map(([name, { what }]) => `  ${name.padEnd(11)} ${what}`)
  command
    .option('--methods <list>', 'ways to search', 'dense,bm25,late,rrf,dbsf,default,rerank')
    .option('--metrics <list>', 'nDCG, R, P, RR, AP, Success, each with @k', 'nDCG@10,R@10,R@100,RR@10')
    .addOption(modelOption('--model', 'dense model', DEFAULT_MODELS.dense))
    .addOption(modelOption('--late-model', 'late-interaction model', DEFAULT_MODELS.late))
    .addOption(modelOption('--sparse-model', 'model of the sparse vectors', DEFAULT_MODELS.bm25))
    .addOption(modelOption('--rerank-model', 'cross-encoder of the method rerank', 'late interaction'))
    .option('--per-query <file>', "write every query's values to this file as JSONL")
    .option(
      '--report <file>',
      'write a page with charts, and the questions that are answered best and worst, one HTML file',
    )
    .option('--run <file>', "write the hits in TREC's form: of default, or of the only one of --methods")
    .option(
      '--baseline <file>',
      'compare with what eval --json printed before, or with a run file; exit code 4 where this one is worse',
    )
    .option('--tune', 'choose the weights of the lists by the judgements, and say what they gain')
    .option('--out <file>', 'write the weights of --tune to this file, for search and ingest --weights')
    .option('--force', 'let --tune take fewer than 20 questions, and write weights whose gain may be by chance')
    .option('--split <name>', 'judgements in qrels/NAME.tsv')
    .addOption(precisionOption())
    .addOption(promptsOption())
    .option('--queries <n>', 'use only the first n queries', integerFrom(1))
    .option('--store <dir>', 'store that keeps embedded corpora for the next evaluation', '.offgrid/eval')
    .option('--clean', 'at the end, delete the embedded corpora of all evaluations in that store')
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .addOption(poolFactorOption())
  addChunkOptions(addWordOptions(command), 'auto for the method default, none for the others')
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
    .addHelpText(
      'after',
      `\nMethods:\n${what.join('\n')}\n\nSeveral models (--model A --model B) are compared side by side with the first.`,
    )
}

/** Each time it is given one model more is compared. */
function modelOption(name: string, what: string, fallback: string): Option {
  const collect = (value: string, before: readonly string[] = []) => [...before, value]
  return new Option(`${name} <name>`, `${what}; may be repeated (default: ${fallback})`).argParser(collect)
}
