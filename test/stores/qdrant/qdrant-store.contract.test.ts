import { openServerStore } from '../../server/open-server-store.js'
import { storeContract } from '../store.contract.js'

storeContract('qdrant (test server)', openServerStore)
