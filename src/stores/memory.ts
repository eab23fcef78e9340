import { EmbeddedStore } from './engine/embedded-store.js'
import { MemoryStorage } from './table/storage.js'

/** A store that lasts as long as the process: the reference by which the others are judged. */
export class MemoryStore extends EmbeddedStore {
  constructor() {
    super(new MemoryStorage())
  }
}
