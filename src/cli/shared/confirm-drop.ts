import { confirmLoss, type Loss } from './confirm-loss.js'

/**
 * Asks before a collection is dropped.
 * @throws InputError `NOT_CONFIRMED`
 */
export function confirmDrop(contents: string, location: string, loss: Omit<Loss, 'does'>): Promise<void> {
  return confirmLoss({ ...loss, does: `drops collection "${loss.collection}" in ${location} with its ${contents}` })
}
