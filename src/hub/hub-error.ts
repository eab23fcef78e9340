import { ModelError } from '../errors.js'

/** A request to the hub failed: `HUB_UNREACHABLE`, `HUB_BUSY`, `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_FAILED`. */
export class HubError extends ModelError {
  /** Whether the same request may succeed a little later. */
  readonly isTransient: boolean
  /** What the server asked to wait. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { readonly isTransient?: boolean; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(code, message, options)
    this.isTransient = options.isTransient ?? false
    this.retryAfterMs = options.retryAfterMs
  }
}
