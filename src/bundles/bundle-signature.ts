import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InputError, ModelError } from '../errors.js'

/** What an index says of the signature behind the sums. */
export interface BundleSignature {
  readonly algorithm: typeof ALGORITHM
  /** SHA-256 of the public key (SPKI, DER), lower-case hexadecimal: tells two keys apart, proves nothing. */
  readonly keyId: string
}

const ALGORITHM = 'ed25519'
/** Of Ed25519. @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1.6 */
export const SIGNATURE_BYTES = 64
const PEM_ADVICE = {
  private: 'openssl genpkey -algorithm ed25519 -out key.pem makes one',
  public: 'openssl pkey -in key.pem -pubout -out public.pem writes it',
} as const

/** A key that signs bundles, out of a PEM file without a passphrase. @throws InputError `KEY_UNUSABLE` */
export async function readSigningKey(path: string): Promise<KeyObject> {
  const pem = await readPem(path, 'private')
  return requireEd25519(path, 'private', () => createPrivateKey(pem))
}

/** A key that checks bundles. A private key is refused: it has no business where bundles are only checked. @throws InputError `KEY_UNUSABLE` */
export async function readVerifyKey(path: string): Promise<KeyObject> {
  const pem = await readPem(path, 'public')
  if (pem.includes('PRIVATE KEY')) throw unusable(path, 'public', 'a private key')
  return requireEd25519(path, 'public', () => createPublicKey(pem))
}

/** What a bundle that this key signs says of its signature. */
export function describeSignature(key: KeyObject): BundleSignature {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return { algorithm: ALGORITHM, keyId: createHash('sha256').update(spki).digest('hex') }
}

/** Signs the sums of a bundle, which cover its index and with it every byte. Equal sums give equal signatures. */
export function signSums(sums: Buffer, key: KeyObject): Buffer {
  return sign(null, sums, key)
}

/** @throws ModelError `BUNDLE_UNSIGNED`, `BUNDLE_SIGNATURE_WRONG` */
export function requireSignature(
  sums: Buffer,
  { signature, said }: { readonly signature: Buffer | null; readonly said: BundleSignature | undefined },
  key: KeyObject,
): void {
  if (signature === null || said === undefined) {
    throw new ModelError(
      'BUNDLE_UNSIGNED',
      'Expected a bundle that is signed, got one without a signature. Nothing of it was installed. Ask whoever made it for one that "models bundle --sign" wrote.',
    )
  }
  const { keyId } = describeSignature(key)
  if (said.keyId === keyId && verify(null, sums, key, signature)) return
  const found = said.keyId === keyId ? 'a signature that does not fit its contents' : `one of the key ${said.keyId}`
  throw new ModelError(
    'BUNDLE_SIGNATURE_WRONG',
    `Expected a bundle that is signed by the key ${keyId}, got ${found}. Nothing of it was installed. Copy the file again, or ask whoever made it which key is theirs.`,
  )
}

export function isBundleSignature(value: unknown): value is BundleSignature {
  const { algorithm, keyId } = (value ?? {}) as Partial<BundleSignature>
  return algorithm === ALGORITHM && /^[0-9a-f]{64}$/.test(String(keyId))
}

async function readPem(path: string, kind: keyof typeof PEM_ADVICE): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw unusable(path, kind, `a file that cannot be read (${(cause as NodeJS.ErrnoException).code})`, cause)
  }
}

function requireEd25519(path: string, kind: keyof typeof PEM_ADVICE, read: () => KeyObject): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch (cause) {
    throw unusable(path, kind, 'a file that holds none, or one behind a passphrase', cause)
  }
  if (key.asymmetricKeyType !== ALGORITHM) throw unusable(path, kind, `a key of ${key.asymmetricKeyType}`)
  return key
}

function unusable(path: string, kind: keyof typeof PEM_ADVICE, found: string, cause?: unknown): InputError {
  return new InputError(
    'KEY_UNUSABLE',
    `${path}: expected an Ed25519 ${kind} key in PEM, got ${found}; ${PEM_ADVICE[kind]}.`,
    { cause },
  )
}
