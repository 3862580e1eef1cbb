# picture.gp: the ratios in the file `data` as bars in the SVG file `out`.
set terminal svg size 900,420 dynamic font "sans-serif,13" background "#ffffff"
set output out
set title "Time relative to plain C, on disk (less is better)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set yrange [0:*]
set ytics nomirror format "%.1f"
set xtics nomirror rotate by -35 scale 0
set border 3
set grid ytics lc rgb "#dddddd"
set key top right
plot data using 2:xtic(1) title "expert C" lc rgb "#9aa5b1", \
     '' using 3 title "corm" lc rgb "#1f77b4", \
     1 title "plain C" with lines lc rgb "#333333" dt 2
