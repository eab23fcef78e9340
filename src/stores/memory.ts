import { EmbeddedStore } from './embedded/embedded-store.js'
import { MemoryStorage } from './embedded/storage.js'

/** A store that lasts as long as the process: the reference by which the others are judged. */
export class MemoryStore extends EmbeddedStore {
  constructor() {
    super(new MemoryStorage())
  }
}
