/** A nominal type: a value of one brand does not pass for another, though both are the same at run time. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name }
