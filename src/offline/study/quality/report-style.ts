// How the quality report looks: light, dark, on paper, and as cards where there is no room for a table.

const light = "--ground:#f3f4f7;--surface:#fff;--line:#dfe3ea;--text:#171b24;--muted:#566071;--accent:#3550c8;--warn:#8a5a00;--warn-soft:#fbf0d9;--bad:#b3261e;--bad-soft:#fbe7e5;--bar:#e9ecf2;--seen:#3550c8;color-scheme:light";
const dark = "--ground:#0e1117;--surface:#171b24;--line:#2a303d;--text:#eceff5;--muted:#a2acbd;--accent:#9db2ff;--warn:#f0bd5c;--warn-soft:#3a2d12;--bad:#ff9a90;--bad-soft:#401d1b;--bar:#2a303d;--seen:#9db2ff;color-scheme:dark";

/** The page's style sheet. */
export const reportStyle = `
:root{${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main{max-width:1720px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:24px;line-height:1.2;margin:0 0 4px}
h2{font-size:17px;margin:32px 0 4px}
p{margin:0 0 12px;max-width:78ch}
.muted{color:var(--muted)}
.sums{display:flex;flex-wrap:wrap;gap:10px;margin:16px 0 20px;padding:0}
.sums div{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:8px 14px;min-width:104px}
.sums dt{color:var(--muted);font-size:12px}
.sums dd{margin:0;font-size:20px;font-weight:600;font-variant-numeric:tabular-nums}
.sums .warn dd{color:var(--warn)}
.sums .bad dd{color:var(--bad)}
.tools{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;margin:0 0 10px}
.tools label{display:inline-flex;gap:8px;align-items:center;min-height:32px}
.tools select{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--line);border-radius:7px;padding:4px 8px;min-height:32px;max-width:200px}
input[type=checkbox]{width:18px;height:18px;accent-color:var(--accent)}
.narrow{display:none!important}
.frame{background:var(--surface);border:1px solid var(--line);border-radius:12px;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:9px 6px;text-align:right;vertical-align:top;white-space:nowrap;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{font-weight:600;font-size:12px;color:var(--muted);vertical-align:bottom;white-space:normal}
thead button{all:unset;cursor:pointer;border-radius:4px}
thead button:hover{color:var(--text)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
thead [aria-sort] button{color:var(--text)}
thead [aria-sort=ascending] button::after{content:" \\2191"}
thead [aria-sort=descending] button::after{content:" \\2193"}
.text,.name{text-align:left}
.text{white-space:normal;overflow-wrap:break-word;max-width:14ch}
.name{font-weight:600;white-space:normal;min-width:190px;max-width:340px;overflow-wrap:anywhere}
.name small{display:block;font-weight:400;color:var(--muted)}
.flags{list-style:none;margin:5px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:4px;font-weight:400;font-size:12.5px}
.flags li{background:var(--warn-soft);color:var(--warn);border-radius:5px;padding:1px 7px}
.flags .bad{background:var(--bad-soft);color:var(--bad)}
.poor{color:var(--warn);font-weight:600}
.none{color:var(--muted)}
.spark{display:block;width:96px;height:22px;margin:2px 0 0 auto;border-radius:3px}
.spark+small,.bar+small{color:var(--muted)}
td small{display:block}
.bar{display:block;width:100%;min-width:64px;height:5px;margin-top:4px}
.low{height:11px}
.ground{fill:var(--bar)}
.seen{fill:var(--seen)}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;list-style:none;margin:8px 0 0;padding:0;font-size:12.5px;color:var(--muted)}
.legend svg{width:10px;height:10px;margin-right:5px}
.only tr.fine{display:none}
ul.checks{margin:6px 0 14px;padding-left:18px;max-width:90ch}
@media (max-width:1020px){
main{padding:20px 12px 36px}
.narrow{display:inline-flex!important}
.frame{background:none;border:0;overflow:visible}
table,tbody,tr,th.name,td{display:block}
thead{display:none}
tbody tr{display:grid;grid-template-columns:repeat(auto-fill,minmax(136px,1fr));gap:8px 14px;background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:12px 14px;margin-bottom:12px}
tbody tr>*,tbody tr:last-child>*{border:0;padding:0;text-align:left}
.only tr.fine{display:none}
td::before{content:attr(data-l);display:block;color:var(--muted);font-size:12px;font-weight:400}
th.name,.wide{grid-column:1/-1;max-width:none;min-width:0}
.text{max-width:none}
.empty{display:none}
.spark{width:100%;height:28px;margin:2px 0 0}
.low{height:14px}
.bar{max-width:none}
}
@media print{
:root{${light};--ground:#fff}
@page{size:landscape;margin:12mm}
body{font-size:9.5px}
main{padding:0;max-width:none}
.tools{display:none}
.frame{overflow:visible;border-radius:0}
th,td{padding:4px 5px}
.name{min-width:120px}
.spark{width:84px;height:16px}
.bar{min-width:40px}
thead{display:table-header-group}
tr,.sums div{break-inside:avoid}
svg,.flags li{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
