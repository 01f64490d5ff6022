/** The version of the package, for `kedge_info`; a test holds it to package.json. */
export const version = '0.2.0';
