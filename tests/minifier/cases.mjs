// Small programs that a minifier can get wrong: [name, "script" or "module", source]. Each says what it found through `log`.
const S = String.raw;
export const cases = [];
const s = (n, src) => cases.push([n, 'script', src]);
const m = (n, src) => cases.push([n, 'module', src]);

// --- basics, closures
s('const-let-var', S`var a=1; let b=2; const c=3; { let b=5; log(a+b+c) } log(a,b,c)`);
s('closure-loop', S`const fs=[]; for(let i=0;i<3;i++){ fs.push(()=>i) } log(fs.map(f=>f()).join())`);
s('var-loop-closure', S`var fs=[]; for(var i=0;i<3;i++){ fs.push(function(){return i}) } log(fs.map(f=>f()).join())`);
s('fn-hoist', S`log(foo()); function foo(){ return bar()+1 } function bar(){ return 41 }`);
s('fn-hoist-nested', S`(function(){ log(inner(3)); function inner(x){ return x*2 } })()`);
s('fn-redeclare', S`(function(){ function f(){return 1} function f(){return 2} log(f()) })()`);
s('fn-used-as-ctor', S`(function(){ function P(){} P.prototype.x=7; log(new P().x) })()`);
s('fn-ctor-indirect', S`(function(){ function P(){} const Q=P; const o=new Q(); log(o instanceof Q, typeof Q.prototype) })()`);
s('fn-ctor-external', S`(function(){ function P(){ } log(Reflect.construct(P,[]) instanceof P) })()`);
s('fn-this-call', S`(function(){ function f(){ return this.v } log(f.call({v:9})) })()`);
s('fn-arguments', S`(function(){ function f(){ return arguments.length } log(f(1,2,3)) })()`);
s('fn-name', S`(function(){ function abc(){} const def=()=>{}; class Ghi{} log(abc.name,def.name,Ghi.name) })()`);
s('fn-conditional-decl', S`(function(){ if(true){ function g(){return 'in'} } log(g()) })()`);
s('fn-var-same-name', S`(function(){ var f; function f(){return 1} log(typeof f); f=3; log(typeof f) })()`);
s('fn-param-shadow', S`(function(){ function f(f){ return f } log(f(5)) })()`);
s('default-params', S`(function(){ function f(a,b=a+1,{c=3,d:[e=4]=[]}={},...r){ return [a,b,c,e,r.length].join() } log(f(1),f(1,2,{c:9,d:[8]},1,2)) })()`);
s('default-param-scope', S`(function(){ let x='outer'; function f(g=()=>x){ var x='inner'; return g()+x } log(f()) })()`);
s('generator', S`(function(){ function* g(){ const x=yield 1; log('got',x); yield* [2,3]; return 4 } const it=g(); log(it.next().value, it.next('z').value, it.next().value, it.next().value) })()`);
s('async-await', S`(async function(){ const w=ms=>new Promise(r=>setTimeout(r,ms)); await w(1); log('a'); try{ await Promise.reject(new Error('x')) }catch(e){ log(e.message) } finally { log('fin') } })()`);
s('async-arrow-single', S`const f = async x => { await null; return x*2 }; f(4).then(log)`);
s('async-generator', S`(async()=>{ async function* g(){ yield 1; yield* (async function*(){ yield 2; yield 3 })() } const o=[]; for await (const v of g()) o.push(v); log(o.join()) })()`);
s('for-await-destruct', S`(async()=>{ for await (const [k,{v=2}={}] of [['a',{v:1}],Promise.resolve(['b'])]) log(k,v) })()`);
s('async-method', S`(async()=>{ const o={ async a(){ return 1 }, async *b(){ yield 2 }, *c(){ yield 3 }, async ['d'+1](){ return 4 } }; log(await o.a(), (await o.b().next()).value, o.c().next().value, await o.d1()) })()`);
s('arrow-object-return', S`const f=()=>({a:1}); log(f().a)`);
s('arrow-iife-seq', S`log((()=>(1,2))(), (x=>{ return x })(3))`);
s('arrow-no-in-for', S`for (var f = (x => (x in {a:1})), i=0; i<1; i++) log(f('a'))`);
// --- classes
s('class-private-field', S`class A{ #x=1; get x(){ return this.#x } set x(v){ this.#x=v } inc(){ return ++this.#x } } const a=new A(); a.x=5; log(a.x,a.inc())`);
s('class-private-method', S`class A{ #m(y){ return y*2 } call(y){ return this.#m(y) } } log(new A().call(4))`);
s('class-private-in', S`class A{ #x; static is(o){ return #x in o } } log(A.is(new A), A.is({}))`);
s('class-private-static', S`class A{ static #c=0; static next(){ return ++A.#c } static #p(){ return 'p' } static q(){ return A.#p() } } log(A.next(),A.next(),A.q())`);
s('class-private-accessor', S`class A{ #v=1; get #g(){ return this.#v } set #g(x){ this.#v=x } t(){ this.#g=8; return this.#g } } log(new A().t())`);
s('class-private-async-gen', S`class A{ async *#g(){ yield 1; yield 2 } async t(){ const r=[]; for await(const x of this.#g()) r.push(x); return r.join() } } new A().t().then(log)`);
s('class-private-optional-chain', S`class A{ #x={y:3}; t(o){ return o?.#x?.y } } log(new A().t(new A), new A().t(null))`);
s('class-static-block', S`class A{ static x=1; static { this.y=this.x+1; { const z=5; A.z=z } } } log(A.x,A.y,A.z)`);
s('class-static-block-multi', S`class A{ static #p=3; static { log('b1',A.#p) } static { log('b2') } }`);
s('class-fields', S`class A{ a=1; 'b-c'=2; ['d'+'e']=3; 4=4; static s='s'; f=()=>this.a } const x=new A(); log(x.a,x['b-c'],x.de,x[4],A.s,x.f())`);
s('class-field-asi', S`class A{ a
b
get
c(){ return 1 }
static
d=2
}
const x=new A(); log('a' in x,'b' in x, x.c, A.d)`);
s('class-field-named-get', S`class A{ get; set; static; async; static static=5; static async=6; static get=7 } const x=new A(); log('get' in x,'set' in x,'static' in x,'async' in x,A.static,A.async,A.get)`);
s('class-inherit-super', S`class A{ constructor(v){ this.v=v } hi(){ return 'A'+this.v } static s(){ return 'sA' } } class B extends A{ constructor(){ super(2); } hi(){ return super.hi()+'B' } static s(){ return super.s()+'B' } } log(new B().hi(),B.s())`);
s('class-extends-expr', S`const mix=B=>class extends B{ m(){ return 'mix' } }; class X extends mix(Object){} log(new X().m())`);
s('class-getter-setter-static', S`class A{ static get v(){ return this._v??0 } static set v(x){ this._v=x } } A.v=3; log(A.v)`);
s('class-expr-name', S`const A=class B{ who(){ return B===A } }; log(new A().who())`);
s('class-computed-method', S`class A{ ['x'+1](){ return 1 } [Symbol.iterator]=function*(){ yield 9 }; async *[Symbol.asyncIterator](){ yield 1 } } log(new A().x1(), [...new A()].join())`);
s('class-error-subclass', S`class E extends Error{ name='E'; constructor(m,{cause}={}){ super(m,{cause}) } } try{ throw new E('m',{cause:1}) }catch({name,message,cause}){ log(name,message,cause) }`);
s('new-target', S`function F(){ return new.target===undefined } log(F(), new (function(){ this.x=new.target!==undefined }) ().x)`);
s('fn-new-target-local', S`(function(){ function F(){ if(!new.target) return 'call'; } log(F(), typeof new F()) })()`);
// --- operators
s('optional-chain', S`const o={a:{b(){ return this.c },c:4},n:null}; log(o?.a?.b?.(), o.n?.x.y.z, o.q?.[1], o.a?.['c'], delete o?.a?.c, o.zz?.())`);
s('optional-chain-paren', S`const o=null; try{ (o?.a).b }catch(e){ log('threw',e.constructor.name) } log(o?.a.b)`);
s('optional-chain-ternary-digit', S`const a=1; log(a?.5:1, a?.toFixed(1))`);
s('optional-chain-call-this', S`const o={v:3,f(){ return this?.v }}; log((o?.f)(), o?.f(), (0,o.f)===o.f)`);
s('optional-chain-new', S`const o={C:class{x=1}}; log(new (o?.C)().x)`);
s('nullish', S`const z=0; log(null??1, z??2, (null||undefined)??'d', null??(0||5))`);
s('logical-assign', S`let a=null,b=0,c=1; const o={}; a??=5; b||=6; c&&=7; o.x??=[]; o.x.push(1); (o.y??=new Map).set(1,2); log(a,b,c,o.x.length,o.y.size)`);
s('logical-assign-fnname', S`(function(){ let f; f??=()=>{}; log(typeof f) })()`);
s('exponent', S`let x=2; x**=3; log(x, 2**3**2, (-2)**2, 2**-1)`);
s('bigint', S`log((1n<<70n).toString(), 0xFFn===255n, 1_000n*2n===2000n, typeof 5n, -1n**2n<0n)`.replace(', -1n**2n<0n',', (-1n)**2n>0n'));
s('numeric-sep', S`log(1_000_000, 0xFF_FF, 0b1010_1, 0o7_7, 1_0.5_0, .5e1_0)`);
s('number-member', S`log(5..toString(), 5 .toFixed(1), (5).toFixed(2), 1.5.toFixed(3), 1e3.toFixed())`);
s('number-forms', S`log(0.1,.1,1.,0xAb,0B11,0O17,1E3,1e-7,123456789012345680000,0.000001,5e-324, 1e21)`);
s('legacy-octal', S`log(010, 08, '\101')`);
s('spread', S`const a=[1,...[2,3],...'xy'], o={...{p:1},q:2,...null}; log(a.join(),JSON.stringify(o),Math.max(...a.slice(0,3)))`);
s('array-holes', S`const [,x,,y=9]=[1,2,3]; const h=[1,,2,,]; log(x,y,h.length,1 in h, [,].length,[,,].length)`);
s('destruct-rest', S`const {a,['b'+1]:b,...rest}={a:1,b1:2,c:3,d:4}; let p,q; [p,q]=[1,2]; [p,q]=[q,p]; ({p,q=7}={p:5}); log(a,b,JSON.stringify(rest),p,q)`);
s('destruct-in-catch-for', S`for(const [k,v] of Object.entries({x:1})) log(k,v); for(const k in {z:1}) log(k); try{ throw [1,2] }catch([a,b]){ log(a,b) }`);
s('destruct-assign-member', S`const o={}; [o.a,o['b'],...o.c]=[1,2,3,4]; ({x:o.x,y:o.y=5}={x:1}); log(JSON.stringify(o))`);
s('destruct-keyword-prop', S`const {default:d,class:c,new:n='x'}={default:1,class:2}; log(d,c,n)`);
s('shorthand', S`(function(){ const url='u',method='GET',get=1,set=2,async=3,of=4; log(JSON.stringify({url,method,get,set,async,of})) })()`);
s('obj-accessors', S`const o={ get x(){ return 1 }, set x(v){ log('set',v) }, get 'y-z'(){ return 2 }, get [1+2](){ return 3 }, get:4, set:5, async:6, static:7, get get(){ return 8 } }; o.x=4; log(o.x,o['y-z'],o[3],o.get,o.set,o.async,o.static)`);
s('obj-proto', S`const o={__proto__:{x:1}}; log(o.x, Object.keys(o).length, Object.keys({'a b':1,2:3,'__proto__x':4}).join())`);
s('obj-proto-shorthand', S`var __proto__=5; const o={__proto__}; log(Object.keys(o).join(), Object.getPrototypeOf(o)===Object.prototype)`);
s('obj-numeric-keys', S`const o={1:1,0x10:2,1e3:3,.5:4,'01':5}; log(JSON.stringify(o))`);
s('comma', S`let a=(1,2), b; for(let i=0,j=5;i<j;i++,j--) b=i; log(a,b); if((a=3,a>2)) log('y')`);
s('comma-args', S`log([(1,2),3].join(), ((a,b)=>a+b)((1,2),3), {x:(4,5)}.x)`);
s('comma-throw-return', S`function f(){ return 1,2 } try{ throw 1,'t' }catch(e){ log(f(),e) }`);
s('void-typeof-delete', S`const o={a:1}; log(void 0, typeof undefinedVar, delete o.a, typeof typeof 1, !void 0, - -1, + +1, - +1, 1- -1, 1+ +1)`);
s('inc-dec-space', S`let a=1,b=2; log(a+ ++b, a- --b, a++ + b, a-- - b, a+ +b, a- -b, + + +a)`);
s('in-instanceof', S`log('a' in {a:1}, [] instanceof Array, !('x' in {}), !([] instanceof Map))`);
s('in-operator-for-init', S`for (var x = ('a' in {a:1}) ? 1 : 2; x < 3; x++) log(x)`);
s('html-comment-like', S`let a=5,b=3; log(a<!--b, b); let c=3; while(c--> 1) log(c)`.replace('a<!--b','a< !--b').replace('c--> 1','c-- > 1'));
s('regex-vs-div', S`const a=4,b=2,g=1; log(a/b/g, a / 2 /1, /b/g.test('b'), [/=/.source], ((x)=>x)(4)/2)`);
s('regex-classes', S`log(/[/\]]+/.test('/]'), /[^\/]+/g.exec('a/b')[0], /\//.source, 'a.b'.split(/\./).length)`);
s('regex-after-paren', S`if (true) /x/.test('x') && log('ok'); var x=1; x=x++/2; log(x); function f(){} 
/re/.test('re') && log('stmt re')`);
s('regex-after-brace-keyword', S`const f=()=>{ return /a}/.test('a}') }; log(f(), typeof /x/, void /x/, [...'ab'].map(c=>/a/.test(c)).join()); {} /y/.test('y') && log('y')`);
s('regex-lookbehind-named', S`const m=/(?<=\$)(?<n>\d+)(?!\d)/u.exec('$42'); log(m.groups.n, 'aXb'.replace(/(?<!b)X/,'_'), /\k<a>(?<a>x)/.test('x'))`);
s('regex-flags', S`log(/a.b/s.test('a\nb'), /a/dgimsuy.flags, /\p{L}/u.test('é'), /[\p{L}--[a-z]]/v.test('É'), /[[a-z]&&[aeiou]]/v.test('e'))`);
s('regex-v-nested-slash', S`log(/[[a/b]]/v.test('/'), /[\q{abc|d}]/v.test('abc'))`.replace('/[[a/b]]/v','/[[a\\/b]]/v'));
s('regex-class-unescaped-slash', S`log(/[/]/.test('/'), /^[^/]*[/]$/.test('abc/'), '/a/b/'.replace(/[/]+$/,''))`);
s('regex-sw-url', S`log(/\.(?:png|jpe?g|webp|avif)(?:\?.*)?$/i.test('/a/b.webp?x'), /^https?:\/\/[^/]+\/(?!api\/).*/.test('https://e.x/p'))`);
// --- templates, strings
s('template-nested', 'const a=[1,2]; log(`x${a.map(n=>`<${n}${n>1?`!${n}`:``}>`).join("")}y`)');
s('template-tagged', 'const t=(s,...v)=>s.raw.join("|")+v.join(); log(t`a\\n${1}b\\u0041${{a:1}.a}c`, String.raw`\\x${2}`)');
s('template-tagged-member', 'const o={t(s){ return this.v+s[0] },v:1}; log(o.t`x`, o?.t ? o.t`y` : 0, (()=>s=>s[0])()`z`)');
s('template-tagged-invalid-escape', 'const t=s=>s[0]===undefined; log(t`\\unicode and \\xerxes`)');
s('template-multiline', 'log(`line1\nline2\\\ncont\n${"x"}\r\nend`.length, `\\``, `$`, `\\${a}`, `$$${1}`)');
s('template-identity', 'const t=s=>s; const f=()=>t`a`; log(f()===f(), t`a`===t`a`)');
s('template-with-quotes', 'log(`it\'s "q" </script>`, `<!-- x -->`)');
s('string-escapes', S`log('\x41\u0042\u{43}\0\b\f\v\t', "a\
b", '\'"', "\"'", '\u2028'.length, 'é😀'.length, '\ud83d')`.replace("'\\ud83d'", "'\\ud83d'.charCodeAt(0)"));
s('string-backtick-dollar', S`log('$' + '{x}', "` + '`' + S`", '$\x7bx}', 'a$', "\\", '\\n'.length)`);
s('string-u2028-raw', 'log("a\u2028b\u2029c".length, `x\u2028y`.charCodeAt(1))');
s('string-script-close', S`log('</script>', "<script>", '<\/script>', "<!--", ']]>')`);
s('string-repeat-const', S`log("$$","$$","$$","$$","$","$","$","$"); const left="$$"; log({left:"$$",right:"$$",display:true}.left)`);
s('string-repeat-long', S`function f(){ const a=['text/html; charset=utf-8','text/html; charset=utf-8','text/html; charset=utf-8']; return a.join() } log(f())`);
s('string-concat', S`log('a'+'b'+1+'c', 1+2+'x', 'x'+1+2, 'a'+('b'+'c'))`);
s('string-crlf-join', 'log("a\\r\\nb".length, `a\r\nb`.length)');
s('string-null-digit', S`log('\0'.length, '\x001'.length, '\0' + '1')`);
// --- statements
s('labelled-loops', S`outer: for(let i=0;i<3;i++){ inner: for(let j=0;j<3;j++){ if(j===1) continue outer; if(i===2) break outer; log(i,j) } }`);
s('labelled-block', S`a: { log(1); if(true) break a; log(2) } log(3)`);
s('switch-fallthrough', S`function f(x){ switch(x){ case 1: case 2: return 'a'; default: { let y=1; log(y) } case 3: log('3'); break; case 4: log('4') } } log(f(1)); f(9); f(4)`);
s('switch-lexical', S`const x=2; switch(x){ case 1: let q='one'; break; case 2: q='two'; log(q) }`.replace("case 2: q='two'; log(q)","case 2: { let q='two'; log(q) }"));
s('do-while-asi', S`let i=0; do i++; while(i<3) log(i)`);
s('while-empty', S`let i=0; while(i++<5); log(i); for(;;){ if(i++>8) break } log(i)`);
s('if-else-chain', S`function f(x){ if(x===1) return 'a'; else if(x===2) return 'b'; else { if(x===3){ return 'c' } } return 'd' } log(f(1),f(2),f(3),f(4))`);
s('if-dangling-else', S`function f(a,b){ if(a){ if(b) return 1 } else return 2; return 3 } log(f(1,1),f(1,0),f(0,0))`);
s('if-return-partial', S`function f(a){ if(a){ log('x'); return } log('y'); } f(1); f(0)`);
s('if-return-one-branch-value', S`function f(a){ if(a) return 1; else log('no'); } log(f(1)); log(f(0))`);
s('if-both-branches-partial-return', S`function f(a,b){ if(a){ if(b) return 'ab'; log('a') } else { log('b') } return 'end' } log(f(1,1)); log(f(1,0)); log(f(0,0))`);
s('if-throw', S`function f(a){ if(!a) throw new TypeError('no'); return a } try{ f(0) }catch(e){ log(e.message) } log(f(2))`);
s('if-expression-seq', S`let o={}; if(1){ o.a=1; o.b=2 } else { o.c=3 } if(!o.z) o.z=4, o.y=5; log(JSON.stringify(o))`);
s('if-assign-await', S`(async()=>{ let r; if(r===undefined){ r=await Promise.resolve(3); log(r) } else log('no'); if(!(await 0)) log('neg') })()`);
s('if-yield', S`function* g(){ if(yield 1) { yield 'y' } else yield 'n' } const i=g(); i.next(); log(i.next(true).value)`);
s('if-let-block', S`let x=1; if(x){ let x=2; log(x) } log(x)`);
s('if-empty', S`let c=0; const t=()=>++c; if(t()){} if(t()); else log('z'); if(t()){}else{} log(c)`);
s('if-function-decl-use', S`function f(a){ if(a){ const g=function(){ return 5 }; return g() } return 0 } log(f(1),f(0))`);
s('try-catch-no-binding', S`try{ null.x }catch{ log('c') }finally{ log('f') }`);
s('try-finally-return', S`function f(){ try{ return 1 }finally{ log('fin') } } log(f()); function g(){ for(const x of [1,2]){ try{ continue }finally{ log(x) } } } g()`);
s('catch-var-shadow', S`var e='out'; try{ throw 'in' }catch(e){ log(e); { let e='blk'; log(e) } } log(e)`);
s('var-in-catch', S`(function(){ try{ throw 1 }catch(err){ var y=err } log(y) })()`);
s('with-sloppy', S`with({a:7}){ log(a) }`);
s('debugger-drop', S`debugger; log('d')`);
s('asi-basic', `let a = 1
let b = 2
;[a,b] = [b,a]
log(a,b)
const f = function(){ return 1 }
;(function(){ log('iife') })()
let x = a
++b
log(x,b)`);
s('asi-return', `function f(){ return
1 } log(f())`);
s('asi-no-insert', `const a = 4
const q = a
/2/1
log(q)
const g = (x) => x
const r = g
(5)
log(r)`);
s('asi-let-newline', `var let_ = 1; let
z = 5
log(z)`);
s('asi-class-brace', `class A{}
[1].forEach(x=>log(x))
const h=()=>{}
log(typeof h)`);
s('asi-async-newline', `var async = 3
var y = async
function foo(){ return 2 }
log(y, foo())`);
s('use-strict-directive', S`function f(){ 'use strict'; return this===undefined } function g(){ return this===undefined } log(f(),g())`);
s('use-strict-global', S`'use strict'; try{ undeclared_xyz=1; log('no') }catch(e){ log(e.name) }`);
s('use-strict-global-not-directive', S`('use strict'); undeclared_q=1; log(undeclared_q)`);
s('directive-fn-strict-arrow', S`const f=()=>{ 'use strict'; try{ zz_q=1; return 'sloppy' }catch{ return 'strict' } }; log(f())`);
s('directive-fn-decl-strict', S`(function(){ function f(){ 'use strict'; try{ zz_q2=1; return 'sloppy' }catch{ return 'strict' } } log(f()) })()`);
s('licence-comment', `/*! MIT */ /** @license x */ // line
log(1) // tail`);
s('comment-in-weird-places', `log(/* a */ 1 /* b */, // c
 2 /* d
 */ ) /* e */; let a /* f */ = /* g */ 3; log(a)`);
s('comment-last-line', `log('x')
// end`);
s('hashbang', `#!/usr/bin/env node
log('hb')`);
s('html-close-comment', `log('a')
--> html close comment
log('b')`);
// --- names/scopes
s('global-leak-names', S`const manifest=['a']; function keep(){ return manifest } log(typeof keep, keep()[0], typeof globalThis.keep)`);
s('mangle-shadow-global', S`(function(){ const name='n'; function a(b){ return b+name } const e=a('x'); log(e) })()`);
s('mangle-vs-free-var', S`globalThis.a='GA'; globalThis.b='GB'; (function(){ const first=1, second=2; log(first,second,a,b) })()`);
s('mangle-vs-free-nested', S`globalThis.a='GA'; (function(outer){ function mid(x){ return (function(deep){ return deep+a+x+outer })(1) } log(mid(2)) })('o')`);
s('mangle-class-private-scope', S`(function(){ class Store{ #db; constructor(db){ this.#db=db } get(k){ const db=this.#db; return db[k] } } log(new Store({k:1}).get('k')) })()`);
s('mangle-eval', S`(function(){ const secret=5; log(eval('secret')) })()`);
s('mangle-many-vars', `(function(){ ${Array.from({length:120},(_,i)=>`const variable${i}=${i};`).join('')} log(${Array.from({length:120},(_,i)=>`variable${i}`).join('+')}) })()`);
s('mangle-keyword-names', `(function(){ ${Array.from({length:4000},(_,i)=>`var v${i}=${i};`).join('')} log(${Array.from({length:4000},(_,i)=>`v${i}`).join('+')}) })()`);
s('mangle-named-fnexpr', S`(function(){ const fact=function me(n){ return n<2?1:n*me(n-1) }; log(fact(5)) })()`);
s('mangle-arguments-alias', S`(function(){ function f(a){ arguments[0]=9; return a } log(f(1)) })()`);
s('mangle-param-destruct-default', S`(function(){ const d=10; const f=({a=d,b:{c:x=a}={}}={},[y=x]=[])=>[a,x,y].join(); log(f(),f({a:1},[2])) })()`);
s('tdz-typeof', S`try{ (function(){ log(x); let x=1 })() }catch(e){ log(e.name) }`);
s('block-fn-strict', S`(function(){ 'use strict'; { function q(){ return 1 } log(q()) } log(typeof q) })()`);
s('globalThis-fn-assign', S`function hello(){ return 'hi' } log(globalThis.hello())`);
s('unused-side-effect', S`let n=0; const inc=()=>++n; const unused=inc(); inc(); log(n)`);
s('getter-side-effect', S`let n=0; const o={ get x(){ n++; return 1 } }; o.x; log(n)`);
s('const-fn-call-order', S`const r=[]; const t=x=>(r.push(x),x); t(1)+t(2)*t(3); log(r.join()); [t(4)][t(5)-5]; log(r.join())`);
s('eval-order-assign', S`let i=0; const a=[]; a[i++]=i++; log(a.join(),i)`);
s('short-circuit-effects', S`let n=0; const t=()=>{ n++; return true }; t()&&t()||t(); !t()&&t(); log(n)`);
s('precedence-mix', S`log((1,2)+3, (a=>a)(1)||2, !(1&&0), (1?2:3)?4:5, 1?2:(3,4), (()=>1)()?.toFixed(), typeof (()=>{}), (function(){ return 7 })(), -(2**2), (-2)**2, (1||0)&&2, 1||(0&&2), (null??1)||2)`);
s('precedence-arrow-cond', S`const f=true?x=>x+1:x=>x-1; log(f(1), (x=>x)?.(2), (async x=>x) instanceof Function)`);
s('precedence-new', S`const o={C:class{constructor(v){this.v=v}}, mk(){ return this.C }}; log(new o.C(1).v, new (o.mk())(2).v, (new o.C).v, new (class{x=3})().x, new Date(0).getTime(), new (Date)(0).getTime())`);
s('precedence-yield', S`function* g(){ const a=(yield 1)+(yield 2); const b=yield yield 3; return [a,b, ...(yield* [4])??[]] } const i=g(); const o=[]; let r; let n=10; while(!(r=i.next(n++)).done) o.push(r.value); log(o.join(), r.value.join())`);
s('precedence-await', S`(async()=>{ const p=Promise.resolve; log((await 1)+await 2, await (await 3), !(await 0), -await 4, (await 2)**3, (await {a:5}).a, await new Promise(r=>r(6))) })()`);
s('precedence-in-not', S`log(!('a' in {}), !(1 in [1,2]), ('a' in {a:1}) === true, 1 < (2 < 3), (1 < 2) < 3)`);
s('precedence-object-stmt', S`({a:1}).a; ({}).toString(); (function(){})(); (class{}).name; ({a(){ log('m') }}).a()`);
s('precedence-let-bracket', S`var o={let:1}; log(o.let); (async()=>{ for(var of of [1,2]) log(of) })()`);
s('arrow-body-cond-obj', S`const f=x=>x?{a:1}:{b:2}, g=()=>[{}][0], h=()=>({}).x, k=()=>({a:{b:2}}).a.b; log(JSON.stringify(f(1)),JSON.stringify(g()),h(),k())`);
s('fn-expr-in-stmt', S`const a = function(){ return 1 }, b = function named(){ return 2 }; log(a(), b()); [function(){ log('el') }][0]()`);
s('fn-to-arrow-in-object', S`const o={ v:1, f:function(){ return 2 }, g:function(){ return this.v } }; log(o.f(),o.g(), Object.keys(o).join())`);
s('fn-to-arrow-prototype-read', S`(function(){ const f=function(){ return 1 }; log('prototype' in f, f.hasOwnProperty('prototype')) })()`);
s('fn-callback-this', S`[1].forEach(function(){ log(this.q) }, {q:5}); const self_={}; (function(){ this.z=3 }).call(self_); log(self_.z)`);
s('fn-super-in-obj', S`const p={ x(){ return 'p' } }; const o={ __proto__:p, x(){ return super.x()+'o' } }; log(o.x())`);
s('fn-nested-this-arrow', S`const o={ v:1, f(){ return [1].map(()=>this.v)[0] } }; log(o.f())`);
s('fn-decl-nested-this', S`(function(){ function outer(){ const g=()=>this.v; return g() } log(outer.call({v:8})) })()`);
s('fn-decl-args-in-arrow', S`(function(){ function outer(){ return (()=>arguments[0])() } log(outer(6)) })()`);
s('iife-bang', S`!function(){ log('b') }(); +function(){ log('p') }(); void function(){ log('v') }(); new function(){ log('n') }`);
s('unicode-ident', S`const é=1, \u0061b=2, 变量=3, $=4, _=5, ℮=6; log(é,ab,变量,$,_,℮)`);
s('escaped-ident-prop', S`const o={\u0061:1, "b\u0063":2}; log(o.a,o.bc)`);
s('non-bmp-ident', S`const 𠮷=3; log(𠮷)`);
s('get-set-as-names', S`function get(){ return 1 } function set(){ return 2 } let of=3, from=4, as=5, async=6; log(get(),set(),of,from,as,async, async=>async)`.replace(', async=>async',', (async=>async)(7)'));
s('yield-await-as-ident', S`var yield_=1; var await=2; function yieldx(){ var yield=3; return yield } log(yield_, await, yieldx())`);
s('error-cause-atl', S`log([1,2,3].at(-1), Object.hasOwn({a:1},'a'), structuredClone({a:[1]}).a[0])`);
s('symbol-dispose-none', S`log(typeof Symbol.iterator)`);
s('sequence-in-template', 'log(`${(1,2)}${[..."ab"].map((c,i)=>({c,i})).map(({c,i})=>c+i)}`)');
// --- SW-like
s('sw-install', S`const L={}; const self_={ addEventListener(t,f){ L[t]=f }, skipWaiting(){ log('skip') }, clients:{ claim:async()=>log('claim') } };
const PRECACHE=[{url:'/a',revision:'1'},{url:'/b',revision:null}];
self_.addEventListener('install', (event)=>{ event.waitUntil((async()=>{ for(const {url,revision} of PRECACHE){ const key=revision===null?url:url+'?rev='+revision; log(key) } await self_.skipWaiting() })()) });
self_.addEventListener('activate', event=>event.waitUntil(self_.clients.claim()));
(async()=>{ for(const t of ['install','activate']){ let p; L[t]({waitUntil(x){ p=x }}); await p } })()`);
s('sw-fetch-switch', S`const routes=[{re:/^\/api\//,s:'network-first'},{re:/\.(?:css|js)$/,s:'cache-first'}];
const pick=(u)=>{ const {pathname}=new URL(u,'https://e.x'); const hit=routes.find(({re})=>re.test(pathname)); switch(hit?.s){ case 'network-first': return 1; case 'cache-first': return 2; default: return 0 } };
log(pick('/api/x'),pick('/a.css?1'),pick('/'))`);
s('sw-timeout-race', S`const timeout=(p,ms)=>{ let t; return Promise.race([p,new Promise((_,rej)=>{ t=setTimeout(()=>rej(new Error('timeout '+ms)),ms) })]).finally(()=>clearTimeout(t)) };
timeout(new Promise(()=>{}),5).catch(e=>log(e.message)); timeout(Promise.resolve('ok'),50).then(log)`);
s('sw-idb-wrapper', S`class Store{ static #open; static async #db(){ return (Store.#open??=Promise.resolve(new Map())) } async put(k,v){ const db=await Store.#db(); db.set(k,v); return this } async *entries(){ for(const [k,v] of await Store.#db()) yield {k,v} } }
(async()=>{ const s=new Store(); await (await s.put('a',1)).put('b',2); for await(const {k,v} of s.entries()) log(k,v) })()`);
s('sw-message-switch', S`const h={ SKIP_WAITING(){ return 'sw' }, CACHE_URLS:({payload:{urls=[]}={}}={})=>urls.length, ['GET_'+'VERSION']:async()=>'v1' };
(async()=>{ for(const d of [{type:'SKIP_WAITING'},{type:'CACHE_URLS',payload:{urls:[1,2]}},{type:'GET_VERSION'},{type:'nope'}]) log(await h[d?.type]?.(d)) })()`);
s('sw-response-clone', S`(async()=>{ const r=new Response('body',{status:200,headers:{'x-a':'1'}}); const c=r.clone(); log(await c.text(), r.ok&&r.status, [...r.headers].map(([k,v])=>k+':'+v).join()) })()`);
// --- modules
m('mod-export-const', S`export const a=1; export let b=2; export function f(){ return a+b } export class C{} log(f())`);
m('mod-export-default-fn', S`export default function register(o={}){ return o.url??'/sw.js' } log(register())`);
m('mod-export-default-anon', S`export default ()=>42`);
m('mod-export-default-class', S`export default class Foo{ static v=1 }`);
m('mod-export-default-obj', S`export default {a:1, get b(){ return 2 }}`);
m('mod-export-async-fn', S`export async function load(){ return 1 } export async function* gen(){ yield 1 } log(await load())`);
m('mod-export-list', S`const x=1,y=2; function z(){ return 3 } export {x,y as why,z as default}; log(x+y+z())`);
m('mod-export-string-name', S`const x=1; export {x as 'a-b'}`);
m('mod-export-destructure', S`export const {a,b:[c]}={a:1,b:[2]}; log(a,c)`);
m('mod-import-named', S`import fs,{readFileSync as rf} from 'node:fs'; import * as path from 'node:path'; import 'node:os'; log(typeof fs.readFileSync, rf===fs.readFileSync, path.posix.join('a','b'))`);
m('mod-import-default-as', S`import {default as fs} from 'node:fs'; import d,* as ns from 'node:path'; log(typeof fs, ns.default===d)`);
m('mod-import-attributes', S`import pkg from './pkg.json' with {type:'json'}; log(pkg.v)`);
m('mod-reexport', S`export {join,basename as bn} from 'node:path'; export * as os from 'node:os'`);
m('mod-reexport-star', S`export * from './dep.mjs'; import {depv} from './dep.mjs'; log(depv)`);
m('mod-import-meta', S`log(typeof import.meta.url, import.meta.url.startsWith('file:'), new URL('x',import.meta.url).pathname.endsWith('/x'))`);
m('mod-dynamic-import', S`const {depv}=await import('./dep.mjs'); log(depv); import('node:path').then(({sep})=>log(sep))`);
m('mod-top-level-await', S`const v=await Promise.resolve(7); log(v); for await (const x of [1,2]) log(x); if(await 0) log('n'); else log('e')`);
m('mod-tla-in-block', S`try{ await Promise.reject(1) }catch(e){ log('c',e) } export {}`);
m('mod-strict', S`log((function(){ return this })()===undefined)`);
m('mod-export-hoist-cycle', S`export {f}; log(f()); function f(){ return 'h' }`);
m('mod-export-var-reassign', S`export let n=0; export function bump(){ n++ } bump(); log(n)`);
m('mod-mangle-toplevel', S`const longName=1; function helperFunction(x){ return x+longName } log(helperFunction(1)); export {helperFunction as h}`);
m('mod-class-private-export', S`export class Reg{ #u; constructor(u){ this.#u=u } get url(){ return this.#u } static { this.kind='reg' } } log(new Reg('/x').url, Reg.kind)`);
m('mod-export-const-fn-arrow', S`export const once=(fn)=>{ let d; return (...a)=>d??=fn(...a) }; log(once(()=>5)())`);
m('mod-unused-import-sideeffect', S`import './side.mjs'; log(globalThis.sideLoaded)`);
m('mod-export-named-function-hoisted', S`log(typeof reg); export function reg(){ }`);
m('mod-use-registration', S`export async function register(url='/sw.js',{scope='/',type='classic',onUpdate=()=>{},...rest}={}){ const c=globalThis.navigator?.serviceWorker; if(!c) return void log('none',url,scope,type,typeof onUpdate,Object.keys(rest).length); const r=await c.register(url,{scope,type}); r.addEventListener?.('updatefound',()=>onUpdate(r)); return r } await register('/x.js',{scope:'/y',z:1})`);
// parse-only newest syntax ('P' prefix: node20 may not run; parse is checked)
export const parseOnly = [
 ['P-using','script','{ using x = getResource(); f(x) }'],
 ['P-await-using','module','await using x = g();'],
 ['P-regex-modifiers','script','/(?i:a)b/.test("Ab")'],
 ['P-dup-named-groups','script','/(?<y>a)|(?<y>b)/.exec("b")'],
 ['P-import-defer','module','import defer * as ns from "x"; ns.f()'],
 ['P-import-source','module','import source w from "x.wasm"; f(w)'],
 ['P-dyn-import-attrs','module','const j=await import("./a.json",{with:{type:"json"}}); f(j)'],
 ['P-import-meta-resolve','module','f(import.meta.resolve("x"))'],
 ['P-decorators','module','@dec class A{ @m x(){} } export {A}'],
 ['P-accessor-kw','module','class A{ accessor x=1 } export {A}'],
 ['P-html-open-comment','script','<!-- hi\nf(1)'],
];
