export const text = "The weir";
