/** File with which a check takes all room of a disk. */
export const fillerName = 'filler.bin'
