/** The items, and a call when there are no more of them. */
export async function* thenCall<T>(items: AsyncIterable<T>, onEnd: (() => void) | undefined): AsyncGenerator<T> {
  yield* items
  onEnd?.()
}
