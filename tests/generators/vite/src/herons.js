export const text = "Herons";
