module.exports = {
	globDirectory: 'dist/',
	globPatterns: [
		'**/*.{html,js,css,svg,woff2}'
	],
	swDest: 'dist/sw.js',
	ignoreURLParametersMatching: [
		/^utm_/,
		/^fbclid$/
	]
};
