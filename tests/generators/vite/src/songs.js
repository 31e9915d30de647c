export const text = "Songs";
