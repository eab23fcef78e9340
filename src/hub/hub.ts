import { rootCertificates } from 'node:tls'
import { InputError, optionError } from '../errors.js'
import { readOptionFile } from '../files/read-option-file.js'
import { isLoopback } from '../is-loopback.js'
import { given } from '../options.js'

/** Where models are published unless told otherwise; only {@link pullModel} ever connects to it. */
const DEFAULT_ADDRESS = 'https://huggingface.co'

type Environment = Readonly<Record<string, string | undefined>>

export interface HubOptions {
  /** Address of a hub or of a mirror that answers as the hub does, with or without a path. @default `HF_ENDPOINT`, else Hugging Face */
  readonly endpoint?: string
  /** A file that holds an access token alone. @default `HF_TOKEN`, else the file that `HF_TOKEN_PATH` names */
  readonly tokenFile?: string
  /** PEM file of a private authority, trusted beside Node's own. */
  readonly caFile?: string
}

/** A hub's checked address, and what is needed to be let in; `address` is fit for messages, the rest is not. */
export interface Hub {
  /** Without a slash at its end. */
  readonly address: string
  readonly token?: string
  readonly authorities?: readonly string[]
  readonly env: Environment
}

/**
 * Reads where the hub is and the secrets that it needs; connects to nothing.
 * @throws InputError `OFFLINE` where `HF_HUB_OFFLINE` is set; `INVALID_OPTION`, `INSECURE_ADDRESS`
 */
export async function readHub(options: HubOptions, env: Environment = process.env): Promise<Hub> {
  if (/^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? '')) {
    throw new InputError(
      'OFFLINE',
      'HF_HUB_OFFLINE is set: nothing is fetched. Bring models in with: offgrid models unbundle FILE.tgz or models import DIR.',
    )
  }
  const url = parseAddress(options.endpoint ?? (env.HF_ENDPOINT || DEFAULT_ADDRESS))
  requireSecure(url)
  const token = await readToken(options.tokenFile, env)
  const { caFile } = options
  const authorities = caFile === undefined ? undefined : [...rootCertificates, await readOptionFile(caFile, 'caFile')]
  return { address: url.origin + url.pathname.replace(/\/+$/, ''), env, ...given({ token, authorities }) }
}

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === null || !isWeb || url.username || url.password || url.search || url.hash) {
    throw optionError(
      'HF_ENDPOINT or endpoint: expected an address such as https://mirror.example/hub, without user, password, query or fragment.',
    )
  }
  return url
}

/**
 * The sums come from the hub itself, so that whoever can change its answers on the way can change files and sums: only TLS keeps them out.
 * @throws InputError `INSECURE_ADDRESS` unless it is https, or on this machine
 */
export function requireSecure({ protocol, hostname, origin }: URL): void {
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return
  throw new InputError(
    'INSECURE_ADDRESS',
    `Expected an https:// address, got ${origin}; http:// is taken for this machine alone.`,
  )
}

async function readToken(tokenFile: string | undefined, env: Environment): Promise<string | undefined> {
  const file = tokenFile ?? (env.HF_TOKEN ? undefined : env.HF_TOKEN_PATH || undefined)
  const raw = file === undefined ? env.HF_TOKEN : await readOptionFile(file, 'tokenFile')
  const token = raw?.trim()
  if (token === undefined || token === '') return undefined
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw optionError('Token of the hub: expected one line of printable ASCII without spaces.')
  }
  return token
}
