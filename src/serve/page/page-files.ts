import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { WorkerError } from '../../errors.js'
import { getOrOpen } from '../../get-or-make.js'
import type { Answer } from '../http/send-answer.js'

/** The files of the page by their names in an address; nothing else of the folder is served. */
export const PAGE_FILES = [
  'page.css',
  'main.js',
  'api.js',
  'compare-view.js',
  'dom.js',
  'filters.js',
  'hit-card.js',
  'highlight.js',
  'load-view.js',
  'moves.js',
  'question.js',
  'search-view.js',
  'settings.js',
  'vector-view.js',
] as const

/** Nothing but the page's own files, and requests to the service itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript' } as const

/** Contents by name: they are part of the program, and do not change while it runs. */
const read = new Map<string, Promise<string>>()

/**
 * A file of the page. It holds no data: all of that is asked for by its scripts.
 * @throws WorkerError `WORKER_FILE_MISSING` where the page was not built
 */
export async function answerPageFile(name: 'index.html' | (typeof PAGE_FILES)[number]): Promise<Answer> {
  const headers = {
    'content-type': `${TYPES[name.slice(name.lastIndexOf('.') + 1) as keyof typeof TYPES]}; charset=utf-8`,
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  }
  return { status: 200, headers, body: await getOrOpen(read, name, () => readPageFile(name)) }
}

async function readPageFile(name: string): Promise<string> {
  const here: string = import.meta.url
  const folder = here.endsWith('.ts') ? '../../../dist/page' : '../../../page'
  const file = fileURLToPath(new URL(`${folder}/${name}`, here))
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new WorkerError('WORKER_FILE_MISSING', `Expected the page's file at ${file}. Build first: npm run build.`, {
      cause,
    })
  }
}
