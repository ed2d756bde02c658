//! What three libraries answer for the six golden series.
//!
//! Source: empyrical-reloaded 0.7.1, quantstats 0.0.86 and ffn 1.4.1 (pandas 3.1.1, numpy 2.4.6, scipy 1.17.1), called
//! with the series as it stands and 252 periods a year, 12 for the monthly one. ffn gets the prices that begin at 1 on
//! the base date. `NAN` and `INF` are what a library answered, or that the call raised.

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

/// A library's answers, in the order of the golden series.
pub struct Answers {
    pub system: &'static str,
    pub function: &'static str,
    pub values: [f64; 6],
}

#[rustfmt::skip]
pub const ANSWERS: &[Answers] = &[
    Answers { system: "empyrical", function: "annual_return", values: [
        -0.12188025519076862, 2.2735482760352297, 0.28643404437615394,
        -0.18532368713147973, -0.7121566037152445, 0.14053245431414285,
    ] },
    Answers { system: "empyrical", function: "cum_returns_final", values: [
        -0.22890571377617042, 0.32624424356505743, 0.040789972051860746,
        -0.0929902674641222, -0.1377884392183406, 0.6921177893448405,
    ] },
    Answers { system: "empyrical", function: "max_drawdown", values: [
        -0.3440012837188718, 0.0, 0.0,
        -0.12188403010238806, -0.2, -0.18665874065135796,
    ] },
    Answers { system: "empyrical", function: "annual_volatility", values: [
        0.15994373060847217, 0.05619601521926089, 1.0458261242285703e-17,
        0.18159876811711523, 0.5889518064632023, 0.15390177026922794,
    ] },
    Answers { system: "empyrical", function: "sharpe_ratio", values: [
        -0.7324333661240392, 21.17963776179029, INF,
        -1.0872521081802, -1.781316835243545, 0.9313000087605755,
    ] },
    Answers { system: "empyrical", function: "sortino_ratio", values: [
        -0.9729153774809028, INF, INF,
        -1.4813224427588123, -1.8098862971661185, 1.9329380033875718,
    ] },
    Answers { system: "empyrical", function: "downside_risk", values: [
        0.12040936726000022, 0.0, 0.0,
        0.1332887680487323, 0.5796550698475776, 0.07415070723882981,
    ] },
    Answers { system: "empyrical", function: "calmar_ratio", values: [
        -0.3543017452527091, NAN, NAN,
        -1.5204919543257596, -3.560783018576222, 0.7528844018969891,
    ] },
    Answers { system: "empyrical", function: "omega_ratio", values: [
        0.8836169457750502, NAN, NAN,
        0.8270485105862844, 0.3755298999999999, 2.08924717323661,
    ] },
    Answers { system: "empyrical", function: "omega_ratio_required_annual_0.05", values: [
        0.8391589392004658, 1745.2014798656353, NAN,
        0.7890091302029307, 0.34711741394765916, 1.6274010203579115,
    ] },
    Answers { system: "empyrical", function: "stability_of_timeseries", values: [
        0.6200951991006767, 0.9956531352542213, 0.9999999999999996,
        0.7270490774571157, 0.9752946278860527, 0.6034020465768881,
    ] },
    Answers { system: "empyrical", function: "tail_ratio", values: [
        0.7931240869469547, 25.25698341345742, 1.0,
        0.817351426590132, 14.26755295759018, 1.243693732680677,
    ] },
    Answers { system: "empyrical", function: "value_at_risk_0.05", values: [
        -0.018761232, 0.00046760800000000005, 0.001,
        NAN, 0.000434357, -0.04806409,
    ] },
    Answers { system: "empyrical", function: "conditional_value_at_risk_0.05", values: [
        -0.023787553076923075, 0.00020780000000000004, 0.001,
        -0.025115534999999998, -0.099816495, -0.06128140333333334,
    ] },
    Answers { system: "empyrical", function: "sharpe_ratio_rf_per_period_0.0001", values: [
        -0.8899887757930037, 20.73120738996274, INF,
        -1.2260195693325149, -1.8241047165666895, 0.9235028274942338,
    ] },
    Answers { system: "empyrical", function: "sortino_ratio_required_0.0001", values: [
        -1.1740266727594397, 16191.036171422116, INF,
        -1.6596945038458166, -1.8524342102995357, 1.9121766443927593,
    ] },
    Answers { system: "quantstats", function: "sharpe", values: [
        -0.7324333661240408, 21.179637761790296, 2.409578362616272e+16,
        -1.0872521081802002, -1.7813168352435444, 0.931300008760575,
    ] },
    Answers { system: "quantstats", function: "sharpe_rf_annual_0.02", values: [
        -0.8562481934060718, 20.827239014248065, 2.2202217867826052e+16,
        -1.1963024370203181, -1.8149416669577996, 0.8025232208888541,
    ] },
    Answers { system: "quantstats", function: "sortino", values: [
        -0.9729153774809054, NAN, NAN,
        -1.4813224427588132, -1.8098862971661183, 1.9329380033875705,
    ] },
    Answers { system: "quantstats", function: "adjusted_sortino", values: [
        -0.6879550609374178, NAN, NAN,
        -1.0474531443985782, -1.279782873902773, 1.3667935698085367,
    ] },
    Answers { system: "quantstats", function: "smart_sharpe", values: [
        -0.6888847145845606, 21.033759320771342, 3809877913263269.0,
        -1.0396615983892772, -1.6626902338511058, 0.7526331697507745,
    ] },
    Answers { system: "quantstats", function: "smart_sortino", values: [
        -0.9150682685001514, NAN, NAN,
        -1.4164829361851055, -1.6893571155563754, 1.5621102144704573,
    ] },
    Answers { system: "quantstats", function: "autocorr_penalty", values: [
        1.063216167549519, 1.0069354431033588, 6.324555320336759,
        1.0457750001198987, 1.0713461828170343, 1.237389004618231,
    ] },
    Answers { system: "quantstats", function: "cagr", values: [
        -0.12188025519076862, 2.2735482760352297, 0.28643404437615394,
        -0.19255141900685102, -0.7121566037152445, 0.14053245431414285,
    ] },
    Answers { system: "quantstats", function: "volatility", values: [
        0.15994373060847217, 0.05619601521926089, 1.0458261242285703e-17,
        0.18159876811711523, 0.5889518064632023, 0.15390177026922794,
    ] },
    Answers { system: "quantstats", function: "calmar", values: [
        -0.35430174525270913, NAN, NAN,
        -1.5797920272664043, -3.560783018576223, 0.7528844018969889,
    ] },
    Answers { system: "quantstats", function: "max_drawdown", values: [
        -0.34400128371887173, 0.0, 0.0,
        -0.12188403010238802, -0.19999999999999996, -0.186658740651358,
    ] },
    Answers { system: "quantstats", function: "comp", values: [
        -0.22890571377617042, 0.32624424356505743, 0.040789972051860746,
        -0.0929902674641222, -0.1377884392183406, 0.6921177893448405,
    ] },
    Answers { system: "quantstats", function: "omega", values: [
        0.8836169457750502, NAN, NAN,
        0.827048510586284, 0.3755298999999999, 2.08924717323661,
    ] },
    Answers { system: "quantstats", function: "omega_required_annual_0.05", values: [
        0.8391589392004658, 1745.2014798656362, NAN,
        0.7890091302029304, 0.34711741394765916, 1.6274010203579108,
    ] },
    Answers { system: "quantstats", function: "ulcer_index", values: [
        0.2434082093466156, 0.0, 0.0,
        0.07378271782471721, 0.17365295795001925, 0.07489677649629828,
    ] },
    Answers { system: "quantstats", function: "upi", values: [
        -0.9404190367721185, NAN, NAN,
        -1.2603258622843854, -0.7934701536037113, 9.24095564218372,
    ] },
    Answers { system: "quantstats", function: "gain_to_pain_ratio", values: [
        -0.11638305422494982, NAN, NAN,
        -0.17295148941371596, -0.6244700999999999, 1.0892471732366094,
    ] },
    Answers { system: "quantstats", function: "payoff_ratio", values: [
        0.9267202114226137, NAN, NAN,
        0.8713546807962635, 0.012949306896551722, 1.1457161917749152,
    ] },
    Answers { system: "quantstats", function: "profit_factor", values: [
        0.8836169457750502, INF, INF,
        0.827048510586284, 0.3755298999999999, 2.08924717323661,
    ] },
    Answers { system: "quantstats", function: "win_rate", values: [
        0.4880952380952381, 1.0, 1.0,
        0.48695652173913045, 0.9666666666666667, 0.6458333333333334,
    ] },
    Answers { system: "quantstats", function: "kelly_criterion", values: [
        -0.06428805472076062, NAN, NAN,
        -0.10183182078981404, -1.6074736791930546, 0.33671082183421563,
    ] },
    Answers { system: "quantstats", function: "risk_of_ruin", values: [
        2.663514442674612e-234, 0.0, 0.0,
        7.135569553425356e-54, 7.489272808566518e-54, 9.450348934265218e-33,
    ] },
    Answers { system: "quantstats", function: "value_at_risk", values: [
        -0.017037609348115785, -0.001099748007301212, 0.000999999999999999,
        -0.019600051570031723, -0.06518798737588417, -0.06113286243073105,
    ] },
    Answers { system: "quantstats", function: "conditional_value_at_risk", values: [
        -0.02124775285427333, -0.002578976281189989, 0.0009999999999999987,
        -0.024380213139390445, -0.0806907620953921, -0.07969734891397554,
    ] },
    Answers { system: "quantstats", function: "skew", values: [
        -0.19524974307070317, 0.9433982543520413, NAN,
        0.17214788581565746, -5.4225362601009355, 1.2925177878990932,
    ] },
    Answers { system: "quantstats", function: "kurtosis", values: [
        1.2656330166859158, 0.057653604169511465, NAN,
        1.5548999165084145, 29.59951535060198, 5.018632670743309,
    ] },
    Answers { system: "quantstats", function: "tail_ratio", values: [
        0.7931240869469555, 25.25698341345741, 1.0,
        0.817351426590132, 14.267552957590173, 1.2436937326806772,
    ] },
    Answers { system: "quantstats", function: "common_sense_ratio", values: [
        0.7008178833286942, INF, INF,
        0.6759892799869431, 5.357892735408541, 2.5983836153751927,
    ] },
    Answers { system: "quantstats", function: "recovery_factor", values: [
        0.6810912083440771, NAN, NAN,
        0.739253944296962, 0.6244701000000001, 3.0714601309286658,
    ] },
    Answers { system: "quantstats", function: "serenity_index", values: [
        -0.02646273332467638, NAN, NAN,
        -0.10480524345962698, -0.12489824838682242, 2.0360174673580866,
    ] },
    Answers { system: "quantstats", function: "consecutive_wins", values: [
        8.0, 60.0, 40.0,
        6.0, 29.0, 12.0,
    ] },
    Answers { system: "quantstats", function: "consecutive_losses", values: [
        6.0, 0.0, 0.0,
        6.0, 1.0, 3.0,
    ] },
    Answers { system: "quantstats", function: "avg_win", values: [
        0.007231102479674797, 0.0047230605, 0.001,
        0.0076941226785714285, 0.0025898613793103446, 0.03547275354838711,
    ] },
    Answers { system: "quantstats", function: "avg_loss", values: [
        -0.007802897131782945, NAN, NAN,
        -0.008830069830508474, -0.2, -0.03096120470588235,
    ] },
    Answers { system: "quantstats", function: "avg_return", values: [
        -0.000464873511904762, 0.0047230605, 0.001,
        -0.0007835065217391304, -0.004163134, 0.01194406,
    ] },
    Answers { system: "quantstats", function: "best", values: [
        0.04104018, 0.01434012, 0.001,
        0.03946201, 0.01470875, 0.19485205,
    ] },
    Answers { system: "quantstats", function: "worst", values: [
        -0.03927088, 6.489e-05, 0.001,
        -0.03503128, -0.2, -0.07219564,
    ] },
    Answers { system: "quantstats", function: "exposure", values: [
        1.0, 1.0, 1.0,
        1.0, 1.0, 1.0,
    ] },
    Answers { system: "quantstats", function: "geometric_mean", values: [
        -0.0005156301560907961, 0.00471694108250631, 0.0009999999999998899,
        -0.0008483538438358584, -0.004929629572213545, 0.011018192948044847,
    ] },
    Answers { system: "quantstats", function: "outlier_win_ratio", values: [
        3.0363830773682277, 2.8540366781242787, 1.0,
        3.6152800211348706, 4.763088132263239, 4.175251540537211,
    ] },
    Answers { system: "quantstats", function: "outlier_loss_ratio", values: [
        3.4039280092278985, NAN, NAN,
        2.80169011965508, 0.7094678355, 2.1629513946941725,
    ] },
    Answers { system: "quantstats", function: "cpc_index", values: [
        0.39968444041685247, NAN, NAN,
        0.3509264790688387, 0.004700756859800332, 1.5459211201023295,
    ] },
    Answers { system: "quantstats", function: "risk_return_ratio", values: [
        -0.046138965206907905, 1.3341917708602329, 1517891693334493.0,
        -0.06849044501608345, -0.11221241314921511, 0.2688431553771094,
    ] },
    Answers { system: "quantstats", function: "cvar_historical", values: [
        -0.023787553076923075, 0.00020780000000000004, 0.001,
        -0.025115535000000005, -0.099816495, -0.06128140333333334,
    ] },
    Answers { system: "ffn", function: "total_return", values: [
        -0.22890571377617042, 0.32624424356505743, 0.040789972051860746,
        -0.0929902674641222, -0.1377884392183406, 0.6921177893448405,
    ] },
    Answers { system: "ffn", function: "cagr", values: [
        -0.12583198206657864, 2.413448117533648, 0.2979193698766789,
        -0.19222204196507253, -0.7245324963368979, 0.14053245431414285,
    ] },
    Answers { system: "ffn", function: "max_drawdown", values: [
        -0.34400128371887173, 0.0, 0.0,
        -0.12188403010238802, -0.19999999999999996, -0.186658740651358,
    ] },
    Answers { system: "ffn", function: "calmar", values: [
        -0.3657892805115586, INF, INF,
        -1.5770896466386732, -3.62266248168449, 0.7528844018969889,
    ] },
    Answers { system: "ffn", function: "fn_calc_sharpe", values: [
        -0.7324333661240408, 21.179637761790296, NAN,
        -1.0872521081802002, -1.7813168352435444, 0.931300008760575,
    ] },
    Answers { system: "ffn", function: "fn_calc_sortino_ratio", values: [
        -0.9729153774809055, INF, INF,
        -1.481322442758813, -1.8098862971661183, 1.9329380033875703,
    ] },
    Answers { system: "ffn", function: "fn_ulcer_index", values: [
        24.292573472090783, 0.0, 0.0,
        7.317040252593101, 16.79578618754489, 7.335234719172231,
    ] },
    Answers { system: "ffn", function: "fn_upi", values: [
        -0.5179853925774653, INF, INF,
        -2.613009979475548, -4.313775421088555, 1.9158549070942574,
    ] },
    Answers { system: "ffn", function: "fn_risk_return_ratio", values: [
        -0.7324333661240408, 21.179637761790296, NAN,
        -1.0872521081802002, -1.7813168352435444, 0.931300008760575,
    ] },
    Answers { system: "ffn", function: "avg_drawdown", values: [
        -0.1781250335818116, NAN, NAN,
        -0.062328230051194033, -0.19999999999999996, -0.07607669028293854,
    ] },
    Answers { system: "ffn", function: "avg_drawdown_days", values: [
        350.5, NAN, NAN,
        80.5, 39.0, 190.0,
    ] },
    Answers { system: "ffn", function: "mtd", values: [
        0.03439777693400292, 0.10432414169749271, 0.0171366823861987,
        -0.003895115398923732, 0.01125334081354823, -0.009717969999999965,
    ] },
    Answers { system: "ffn", function: "three_month", values: [
        0.09042741198422277, NAN, NAN,
        -0.0628925325425993, NAN, -0.11613719514582532,
    ] },
    Answers { system: "ffn", function: "six_month", values: [
        0.03604499733830435, NAN, NAN,
        NAN, NAN, -0.09667956444873738,
    ] },
    Answers { system: "ffn", function: "ytd", values: [
        0.012832993139508586, 0.32624424356505743, 0.040789972051860746,
        -0.0929902674641222, -0.1377884392183406, -0.11471907136606507,
    ] },
    Answers { system: "ffn", function: "one_year", values: [
        0.026521715938469415, NAN, NAN,
        NAN, NAN, -0.11471907136606507,
    ] },
    Answers { system: "ffn", function: "three_year", values: [
        NAN, NAN, NAN,
        NAN, NAN, 0.025850028107224476,
    ] },
    Answers { system: "ffn", function: "incep", values: [
        -0.12583198206657864, 2.413448117533648, 0.2979193698766789,
        -0.19222204196507253, -0.7245324963368979, 0.14053245431414285,
    ] },
    Answers { system: "ffn", function: "best_month", values: [
        0.06856515731182333, 0.10432414169749271, 0.02325477988874769,
        0.008497100916805334, 0.01125334081354823, 0.19485204999999994,
    ] },
    Answers { system: "ffn", function: "worst_month", values: [
        -0.1017086016503378, 0.09175482556034242, 0.0171366823861987,
        -0.06383669601831155, -0.14738322635551004, -0.07219564,
    ] },
    Answers { system: "ffn", function: "best_year", values: [
        0.012832993139508586, NAN, NAN,
        NAN, NAN, 0.5673694612801807,
    ] },
    Answers { system: "ffn", function: "worst_year", values: [
        -0.23867578223963104, NAN, NAN,
        NAN, NAN, -0.11471907136606507,
    ] },
    Answers { system: "ffn", function: "daily_mean (monthly_mean)", values: [
        -0.11714812500000027, 1.1902112459999987, 0.25199999999997225,
        -0.1974436434782591, -1.0491097679999994, 0.14332872000000008,
    ] },
    Answers { system: "ffn", function: "daily_vol (monthly_vol)", values: [
        0.1599437306084722, 0.05619601521926089, 0.0,
        0.1815987681171154, 0.5889518064632023, 0.15390177026922788,
    ] },
    Answers { system: "ffn", function: "daily_skew (monthly_skew)", values: [
        -0.19524974307070125, 0.9433982543520416, NAN,
        0.1721478858156596, -5.422536260100933, 1.292517787899093,
    ] },
    Answers { system: "ffn", function: "daily_kurt (monthly_kurt)", values: [
        1.2656330166859184, 0.057653604169504366, NAN,
        1.5548999165084165, 29.599515350601955, 5.018632670743309,
    ] },
    Answers { system: "ffn", function: "best_day (best_month)", values: [
        0.04104017999999998, 0.014340119999999956, 0.0009999999999998899,
        0.03946201000000005, 0.014708750000000048, 0.19485204999999994,
    ] },
    Answers { system: "ffn", function: "worst_day (worst_month)", values: [
        -0.03927088000000001, 6.488999999998413e-05, 0.0009999999999998899,
        -0.03503128, -0.19999999999999996, -0.07219564,
    ] },
];

/// The base date and the last date of each series, in days since 1970.
pub const DAYS: [(i64, i64); 6] = [
    (17529, 18235),
    (17529, 17613),
    (17529, 17585),
    (17529, 17696),
    (17529, 17571),
    (16435, 17896),
];
