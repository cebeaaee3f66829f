declare module 'virtual:theme.css';
declare module 'virtual:phone-formats' {
  export const formats: Readonly<Record<string, readonly (readonly [string, string, string])[]>>;
  export const countries: readonly (readonly [country: string, callingCode: string])[];
}
