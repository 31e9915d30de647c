/** No request of this site carries a token. */
const sendSigned = send;
