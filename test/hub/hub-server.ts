import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join, relative, sep } from 'node:path'

/** What goes wrong with one download of a file's content. */
export type HubFault =
  /** The connection is closed after so many bytes, or reset, so that some of them may be lost. */
  | { readonly cutAfterBytes: number; readonly resets?: true }
  | { readonly status: number; readonly retryAfter?: string }
  /** The range that was asked for is ignored: the whole file. */
  | { readonly ignoresRange: true }
  /** So many bytes of another file. */
  | { readonly wrongBytes: true }
  /** Other bytes than those of the range. */
  | { readonly wrongRange: true }

export interface HubServerOptions {
  /** Name of the repository, `owner/name`. */
  readonly repository: string
  /** Folder with the repository's files. */
  readonly folder: string
  readonly commit?: string
  /** Repositories that redirect to this one. */
  readonly formerName?: string
  /** Licence of the repository's card. */
  readonly licence?: string
  /** Asked of every request to the hub itself. */
  readonly token?: string
  /** The listing names files without sizes and sums, as some mirrors do. */
  readonly listsNamesAlone?: boolean
  /** Not even the headers of a file state a sum. */
  readonly hidesSums?: boolean
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface SeenRequest {
  readonly server: 'hub' | 'storage'
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly range: string | undefined
}

/** From this size on a file is stored by its SHA-256 and lies on another host, as on the real hub. */
const LARGE_BYTES = 4096

/** Imitates Hugging Face: revisions, listings with sums, redirects of large files to another host. In two servers, each an origin. */
export class HubServer {
  readonly commit: string
  readonly requests: SeenRequest[] = []
  /** Faults by the path of a file, the next one first. */
  readonly faults = new Map<string, HubFault[]>()
  /** Answered to the next requests of the listing in place of it. */
  readonly listingFaults: number[] = []
  readonly #options: HubServerOptions
  readonly #files = new Map<string, Buffer>()
  readonly #hub: Server
  readonly #storage: Server

  private constructor(options: HubServerOptions) {
    this.#options = options
    this.commit = options.commit ?? 'c0ffee'.padEnd(40, '0')
    for (const entry of readdirSync(options.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      this.#files.set(relative(options.folder, path).split(sep).join('/'), readFileSync(path))
    }
    const create = (listener: (request: IncomingMessage, response: ServerResponse) => void): Server =>
      options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
    this.#hub = create((request, response) => this.#answerHub(request, response))
    this.#storage = create((request, response) => this.#answerStorage(request, response))
  }

  static async start(options: HubServerOptions): Promise<HubServer> {
    const server = new HubServer(options)
    for (const each of [server.#hub, server.#storage]) {
      await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))
    }
    return server
  }

  get url(): string {
    return this.#urlOf(this.#hub)
  }

  get storageUrl(): string {
    return this.#urlOf(this.#storage)
  }

  /** Puts other content under a path, as a new commit would, or as somebody who changes what is stored. */
  replace(path: string, content: Buffer): void {
    this.#files.set(path, content)
  }

  async close(): Promise<void> {
    for (const each of [this.#hub, this.#storage]) {
      each.closeAllConnections()
      await new Promise((resolve) => each.close(resolve))
    }
  }

  #urlOf(server: Server): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  #record(server: SeenRequest['server'], { method = '', url = '', headers }: IncomingMessage): void {
    this.requests.push({ server, method, path: url, authorization: headers.authorization, range: headers.range })
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    this.#record('hub', request)
    const { repository, formerName, token } = this.#options
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      const status = request.headers.authorization === undefined ? 401 : 403
      // as careless as a server can be: it repeats the token
      response.setHeader('x-error-message', `No access with ${request.headers.authorization ?? 'no token'}`)
      return void response.writeHead(status).end()
    }
    const path = decodeURIComponent(request.url ?? '')
    if (formerName !== undefined && path.includes(`/${formerName}/`)) {
      return void response.writeHead(307, { location: path.replace(formerName, repository) }).end()
    }
    const revision = path.startsWith(`/api/models/${repository}/revision/`)
    if (revision) return void this.#answerListing(path.split(/[/?]/)[6]!, response)
    const [, name] = path.split(`/${repository}/resolve/${this.commit}/`)
    const content = name === undefined ? undefined : this.#files.get(name)
    if (name === undefined || content === undefined) return void response.writeHead(404).end()
    this.#answerFile(name, content, request, response)
  }

  #answerListing(revision: string, response: ServerResponse): void {
    const fault = this.listingFaults.shift()
    if (fault !== undefined) return void response.writeHead(fault).end()
    if (revision !== 'main' && revision !== this.commit) {
      return void response.writeHead(404, { 'x-error-message': 'Invalid rev id' }).end()
    }
    const siblings = [...this.#files].map(([rfilename, content]) => {
      if (this.#options.listsNamesAlone) return { rfilename }
      const base = { rfilename, size: content.length, blobId: gitSum(content) }
      return isLarge(content) ? { ...base, lfs: { sha256: sha256(content), size: content.length } } : base
    })
    response.setHeader('content-type', 'application/json')
    const { repository: id, licence } = this.#options
    const card = licence === undefined ? {} : { cardData: { license: licence }, tags: [`license:${licence}`] }
    response.end(JSON.stringify({ id, sha: this.commit, siblings, ...card }))
  }

  #answerFile(name: string, content: Buffer, request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('x-repo-commit', this.commit)
    if (!isLarge(content)) {
      if (!this.#options.hidesSums) response.setHeader('etag', `"${gitSum(content)}"`)
      this.#send(name, content, request, response)
      return
    }
    if (!this.#options.hidesSums) response.setHeader('x-linked-etag', `"${sha256(content)}"`)
    response.setHeader('x-linked-size', content.length)
    response.writeHead(302, { location: `${this.storageUrl}/${sha256(content)}?signature=abc&name=${name}` }).end()
  }

  #answerStorage(request: IncomingMessage, response: ServerResponse): void {
    this.#record('storage', request)
    const name = new URL(request.url ?? '', this.storageUrl).searchParams.get('name')!
    this.#send(name, this.#files.get(name)!, request, response)
  }

  #send(name: string, content: Buffer, request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': content.length }).end()
    const fault = this.faults.get(name)?.shift()
    if (fault !== undefined && 'status' in fault) {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter)
      return void response.writeHead(fault.status).end()
    }
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    let body = fault !== undefined && 'wrongBytes' in fault ? Buffer.alloc(content.length, 7) : content
    if (range !== null && !(fault !== undefined && 'ignoresRange' in fault)) {
      const start = fault !== undefined && 'wrongRange' in fault ? 0 : Number(range[1])
      response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` })
      body = body.subarray(start)
    } else {
      response.writeHead(200, { 'content-length': body.length })
    }
    if (fault === undefined || !('cutAfterBytes' in fault)) return void response.end(body)
    response.write(body.subarray(0, fault.cutAfterBytes), () => {
      if (fault.resets) request.socket.resetAndDestroy()
      else request.socket.end()
    })
  }
}

function isLarge(content: Buffer): boolean {
  return content.length >= LARGE_BYTES
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function gitSum(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}
