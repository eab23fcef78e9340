import { OffgridError } from '../errors.js'

/**
 * Does something to a list as a whole; where that fails for a reason that may lie in one item, to its halves, down to the items at fault:
 * one bad item neither ends the work nor takes its neighbours with it.
 * @param work gives the results of the items of a list, in their order
 * @param isItemFault whether the cause of a failure may be one item
 * @param refuse gives the result of an item that fails alone
 * @throws what `work` throws and no item can be the cause of
 */
export async function tryInHalves<Item, Result>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<Result[]>,
  isItemFault: (error: OffgridError) => boolean,
  refuse: (item: Item, error: OffgridError) => Result,
): Promise<Result[]> {
  if (items.length === 0) return []
  try {
    return await work(items)
  } catch (error) {
    if (!(error instanceof OffgridError && isItemFault(error))) throw error
    if (items.length === 1) return [refuse(items[0]!, error)]
    const middle = items.length >> 1
    const first = await tryInHalves(items.slice(0, middle), work, isItemFault, refuse)
    return [...first, ...(await tryInHalves(items.slice(middle), work, isItemFault, refuse))]
  }
}
