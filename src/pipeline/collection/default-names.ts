/** Collection and folder of whoever names none. */
export const DEFAULT_COLLECTION = 'hybrid-search'
export const DEFAULT_STORE = '.offgrid/store'
