import { isObject } from '../options.js'
import type { Hub } from './hub.js'
import { HubError } from './hub-error.js'
import { readHubJson, requestHub, requireSuccess } from './request-hub.js'
import { type HubRetryOptions, retry } from './retry-request.js'

/** What a hub says of one file of a repository. */
export interface HubFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  /** Large files are stored by their SHA-256, small ones by git's own sum of a blob. */
  readonly sum: FileSum
}

export interface FileSum {
  readonly algorithm: 'sha256' | 'git-sha1'
  /** Lower-case hexadecimal. */
  readonly digest: string
}

/** A repository at one commit. */
export interface Repository {
  /** Such as `Qdrant/bge-small-en-v1.5-onnx-Q`. */
  readonly name: string
  /** 40 hexadecimal digits. */
  readonly commit: string
  readonly paths: ReadonlySet<string>
  /** As its card states it; undefined where it does not. */
  readonly licence: string | undefined
  /** Size and sum of a file in it. @throws HubError */
  describe(path: string): Promise<HubFile>
  /** Address of a file's content. */
  urlOf(path: string): string
}

const COMMIT = /^[0-9a-f]{40}$/

/**
 * Asks the hub for the commit of a branch, tag or commit, and for the files in it. Everything after that is read at that commit.
 * @throws HubError; InputError `INSECURE_ADDRESS`
 * @see https://huggingface.co/docs/hub/api
 */
export async function readRepository(
  hub: Hub,
  name: string,
  revision: string,
  policy: HubRetryOptions,
): Promise<Repository> {
  const url = `${hub.address}/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`
  const what = `${name} at ${revision} on ${hub.address}`
  const answer = await retry(() => readHubJson(hub, url, what, policy.signal), policy)
  const { sha, siblings, cardData, tags } = (answer ?? {}) as Listing
  if (typeof sha !== 'string' || !COMMIT.test(sha) || !Array.isArray(siblings)) {
    throw new HubError('HUB_FAILED', `${what}: expected a commit ("sha") and its files ("siblings"), got neither.`)
  }
  if (COMMIT.test(revision) && sha !== revision) {
    throw new HubError('HUB_FAILED', `${what}: expected that commit, got ${sha}.`)
  }
  const listed = new Map((siblings as Sibling[]).map((sibling) => [String(sibling?.rfilename), sibling]))
  const urlOf = (path: string) =>
    `${hub.address}/${name}/resolve/${sha}/${path.split('/').map(encodeURIComponent).join('/')}`
  return {
    name,
    commit: sha,
    paths: new Set(listed.keys()),
    licence: licenceOf(cardData, tags),
    urlOf,
    describe: async (path) =>
      fromListing(path, listed.get(path)) ??
      (await retry(() => fromHeaders(hub, path, urlOf(path), sha, policy.signal), policy)),
  }
}

interface Listing {
  readonly sha?: unknown
  readonly siblings?: unknown
  readonly cardData?: unknown
  readonly tags?: unknown
}

/** The licence that a model's card names; several are joined. Hugging Face repeats it as a tag. */
function licenceOf(cardData: unknown, tags: unknown): string | undefined {
  const stated = isObject(cardData) ? [cardData.license].flat() : []
  const tagged = (Array.isArray(tags) ? tags : []).map((tag) => /^license:(.+)$/.exec(String(tag))?.[1])
  const licences = [...stated, ...tagged].filter(
    (licence): licence is string => typeof licence === 'string' && licence !== '',
  )
  return licences.length === 0 ? undefined : [...new Set(licences)].join(', ')
}

interface Sibling {
  readonly rfilename?: unknown
  readonly size?: unknown
  readonly blobId?: unknown
  readonly lfs?: { readonly sha256?: unknown; readonly size?: unknown } | null
}

/** Null where the listing has no sums, as that of some mirrors. */
function fromListing(path: string, sibling: Sibling | undefined): HubFile | null {
  if (sibling === undefined) return null
  const { lfs, blobId, size } = sibling
  return lfs ? toFile(path, lfs.size ?? size, lfs.sha256) : toFile(path, size, blobId)
}

/** As the hub states it beside a file: the sum of a large file in X-Linked-Etag, in front of the redirect to where it is stored. */
async function fromHeaders(
  hub: Hub,
  path: string,
  url: string,
  commit: string,
  signal: AbortSignal | undefined,
): Promise<HubFile> {
  const answer = await requestHub(hub, url, { method: 'HEAD', signal, leavesHost: false })
  answer.resume()
  const { headers, statusCode = 0 } = answer
  if (statusCode < 300 || statusCode > 399) requireSuccess(hub, answer, url)
  const stated = headers['x-repo-commit']
  if (stated !== undefined && stated !== commit) {
    throw new HubError('HUB_FAILED', `${url}: expected a file of that commit, got one of ${stated}.`)
  }
  const size = headers['x-linked-size'] ?? (statusCode < 300 ? headers['content-length'] : undefined)
  const etag = String(headers['x-linked-etag'] ?? headers.etag ?? '').replace(/^W\/|"/g, '')
  const file = toFile(path, size === undefined ? undefined : Number(size), etag)
  if (file !== null) return file
  throw new HubError(
    'HUB_FAILED',
    `${url}: neither the listing nor the headers state a size and a SHA-256 (or git's sum), so that nothing could be checked. Fetch it from another address (HF_ENDPOINT).`,
  )
}

function toFile(path: string, size: unknown, digest: unknown): HubFile | null {
  if (!Number.isSafeInteger(size) || (size as number) < 0 || typeof digest !== 'string') return null
  const algorithm = /^[0-9a-f]{64}$/.test(digest) ? 'sha256' : /^[0-9a-f]{40}$/.test(digest) ? 'git-sha1' : null
  return algorithm && { path, sizeBytes: size as number, sum: { algorithm, digest } }
}
