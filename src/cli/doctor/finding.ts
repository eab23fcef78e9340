/** What a check of `offgrid doctor` found. */
export interface Finding {
  /** `warn`: everything works, but not as it could. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** What to do; null where there is nothing. */
  readonly advice: string | null
}

/** @param advice what could be done besides */
export function fine(detail: string, advice: string | null = null): Finding {
  return { status: 'ok', detail, advice }
}

export function warning(detail: string, advice: string): Finding {
  return { status: 'warn', detail, advice }
}

export function failure(detail: string, advice: string | null = null): Finding {
  return { status: 'fail', detail, advice }
}
